// Who controls an enterprise through a chain of majority holdings, up to the top?
// In: id (of the enterprise), day (YYYYMMDD).
// Out: controller, name, steps, shares (from the enterprise upwards), top (nobody holds a majority of the controller).
//   Each holding is one tie that certainly holds on the day and is certainly more than half, exactly.  What several owners or
//   ties hold only together is not here: `graph-service control` answers that.
// Uses: gs_subject_id.
MATCH p = (e:GsSubject {id: $id})
  (()<-[r:SHAREHOLDER|GENERAL_PARTNER|INVESTOR WHERE r.retracted IS NULL AND r.from_hi <= $day < r.to_lo
    AND (2 * r.share_lo > r.share_of OR (2 * r.share_lo = r.share_of AND r.share_lo_open))]-()){1,20}
  (c:GsSubject)
WHERE c <> e
WITH c, p ORDER BY length(p)
WITH c, head(collect(p)) AS p
RETURN c.id AS controller, c.name AS name, length(p) AS steps, [one IN relationships(p) | one.share] AS shares,
       NOT EXISTS {
         (c)<-[r:SHAREHOLDER|GENERAL_PARTNER|INVESTOR]-()
         WHERE r.retracted IS NULL AND r.from_hi <= $day < r.to_lo
           AND (2 * r.share_lo > r.share_of OR (2 * r.share_lo = r.share_of AND r.share_lo_open))
       } AS top
ORDER BY steps, controller
