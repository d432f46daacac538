// Who controls an enterprise through a chain of majority holdings, up to the top?
// In: id (of the enterprise), day (YYYYMMDD).
// Out: controller, name, steps, shares (from the enterprise upwards), top (nobody holds a majority of the controller).
//   Each holding is one tie that certainly holds on the day and is certainly more than half, exactly.  What several owners or
//   ties hold only together, or several sources tell, is not here: `graph-service control` answers that.
// Uses: gs_subject_id.
MATCH p = (e:GsSubject {id: $id})
  ((y)<-[r:SHAREHOLDER|GENERAL_PARTNER|INVESTOR WHERE r.retracted IS NULL AND r.from_hi <= $day < r.to_lo
    AND (r.share_lo > r.share_of - r.share_lo OR (r.share_lo = r.share_of - r.share_lo AND r.share_lo_open))
    AND NOT EXISTS {
      (x)-[o:SHAREHOLDER|GENERAL_PARTNER|INVESTOR]->(y)
      WHERE o.retracted IS NULL AND o.from_lo <= $day < o.to_hi AND coalesce(o.source, '') <> coalesce(r.source, '')
    }]-(x)){1,20}
  (c:GsSubject)
WHERE c <> e
WITH c, p ORDER BY length(p)
WITH c, head(collect(p)) AS p
RETURN c.id AS controller, c.name AS name, length(p) AS steps, [one IN relationships(p) | one.share] AS shares,
       NOT EXISTS {
         (c)<-[r:SHAREHOLDER|GENERAL_PARTNER|INVESTOR]-(x)
         WHERE r.retracted IS NULL AND r.from_hi <= $day < r.to_lo
           AND (r.share_lo > r.share_of - r.share_lo OR (r.share_lo = r.share_of - r.share_lo AND r.share_lo_open))
           AND NOT EXISTS {
             (x)-[o:SHAREHOLDER|GENERAL_PARTNER|INVESTOR]->(c)
             WHERE o.retracted IS NULL AND o.from_lo <= $day < o.to_hi AND coalesce(o.source, '') <> coalesce(r.source, '')
           }
       } AS top
ORDER BY steps, controller
