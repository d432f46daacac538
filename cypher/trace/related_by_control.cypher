// Who controls a recorded enterprise, what does it control, and what else do its controllers, by chains of majority holdings?
// In: record (its id), through_state (whether the state, and holders marked as state-owned, relate what they hold), day (YYYYMMDD).
// Out: related, name, direction (down: it is controlled; up: it controls; sibling: a controller of the recorded one controls it), via
//   (who controls).
//   What it cannot say: what several owners, or several ties of one, hold only together (the exact closure of
//   `graph-service control`), what several sources tell, other thresholds than half, joint arrangements: it finds fewer, never more.
//   It does not ask whether anybody answers for the record, without which nothing carries.  The state is told by form, mark, or a code
//   that begins with 11, whose check digit is not looked at.  Chains of at most 20 holdings.
// Uses: gs_record_id.
MATCH (k:GsRecord {id: $record})-[a:AGAINST]->(e:GsSubject)
WHERE a.retracted IS NULL AND a.position IS NOT NULL
  AND ($through_state OR e:Person OR e:Unspecified
       OR NOT (e.id STARTS WITH '11' AND size(e.id) = 18 OR coalesce(e.form IN ['state', 'state_body', 'government', '机关法人', '机关'], false)))
CALL (e) {
  RETURN e AS actor, 'down' AS direction
  UNION
  MATCH (e) ((y)<-[r:SHAREHOLDER|GENERAL_PARTNER|INVESTOR WHERE r.retracted IS NULL AND r.from_hi <= $day < r.to_lo
    AND (r.share_lo > r.share_of - r.share_lo OR (r.share_lo = r.share_of - r.share_lo AND r.share_lo_open))
    AND NOT EXISTS {
      (x)-[o:SHAREHOLDER|GENERAL_PARTNER|INVESTOR]->(y)
      WHERE o.retracted IS NULL AND o.from_lo <= $day < o.to_hi AND coalesce(o.source, '') <> coalesce(r.source, '')
    }]-(x)){1,20} (c:GsSubject)
  WHERE c <> e AND NOT c:Unspecified
    AND ($through_state OR NOT coalesce(c.state_owned, false) AND (c:Person
         OR NOT (c.id STARTS WITH '11' AND size(c.id) = 18 OR coalesce(c.form IN ['state', 'state_body', 'government', '机关法人', '机关'], false))))
  RETURN c AS actor, 'up' AS direction
}
CALL (e, actor, direction) {
  WITH actor, direction WHERE direction = 'up'
  RETURN actor AS related, 'up' AS how
  UNION
  MATCH (actor) ((x)-[r:SHAREHOLDER|GENERAL_PARTNER|INVESTOR WHERE r.retracted IS NULL AND r.from_hi <= $day < r.to_lo
    AND (r.share_lo > r.share_of - r.share_lo OR (r.share_lo = r.share_of - r.share_lo AND r.share_lo_open))
    AND NOT EXISTS {
      (x)-[o:SHAREHOLDER|GENERAL_PARTNER|INVESTOR]->(y)
      WHERE o.retracted IS NULL AND o.from_lo <= $day < o.to_hi AND coalesce(o.source, '') <> coalesce(r.source, '')
    }]->(y)){1,20} (s:GsSubject)
  WHERE s <> e AND s <> actor AND NOT s:Unspecified
  RETURN s AS related, CASE direction WHEN 'down' THEN 'down' ELSE 'sibling' END AS how
}
WITH e, related, how, actor ORDER BY actor.id
RETURN related.id AS related, related.name AS name, how AS direction,
       collect(DISTINCT CASE how WHEN 'sibling' THEN actor.id WHEN 'up' THEN related.id ELSE e.id END) AS via
ORDER BY direction, related
