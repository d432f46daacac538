// Which subjects of sanctions lists stand above an enterprise, however far up its chain of holdings?
// In: id (of the enterprise), day (YYYYMMDD).
// Out: owner, name, regimes (on which it may stand on the day), level (the fewest holdings between), shares (from the enterprise up).
//   A hint where to look and no verdict: thresholds and summing are `graph-service screen`.  At most 8 levels.
// Uses: gs_subject_id.
MATCH p = SHORTEST 1 (e:GsSubject {id: $id})
  (()<-[r:SHAREHOLDER|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR WHERE r.retracted IS NULL AND r.from_lo <= $day < r.to_hi]-()){1,8}
  (o)
WITH o, p
WHERE o.id <> $id AND EXISTS { (o)-[l:LISTED]->(:GsRegime) WHERE l.retracted IS NULL AND l.from_lo <= $day < l.to_hi }
RETURN o.id AS owner, o.name AS name,
       COLLECT { MATCH (o)-[l:LISTED]->(g:GsRegime) WHERE l.retracted IS NULL AND l.from_lo <= $day < l.to_hi
                 RETURN DISTINCT g.id AS regime ORDER BY regime } AS regimes,
       length(p) AS level, [one IN relationships(p) | one.share] AS shares
ORDER BY level, owner
