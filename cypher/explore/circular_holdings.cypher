// Which chains of holdings lead from an enterprise back to it?
// In: id (of the enterprise), day (YYYYMMDD).
// Out: chain (ids, the enterprise first and last), shares (in per cent, as registers write them), path (to look at).
//   Chains of at most 6 holdings that certainly or perhaps hold on the day.  Costs what can be reached downwards in 6 steps.
// Uses: gs_subject_id.
MATCH path = (s:GsSubject {id: $id})
  (()-[r:SHAREHOLDER|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR WHERE r.retracted IS NULL AND r.from_lo <= $day < r.to_hi]->()){1,6}
  (t:GsSubject {id: $id})
WITH path, [n IN nodes(path) | n.id] AS chain
WHERE all(i IN range(1, size(chain) - 2) WHERE NOT chain[i] IN chain[..i])
RETURN chain, [one IN relationships(path) | one.share] AS shares, path
ORDER BY size(chain), chain
