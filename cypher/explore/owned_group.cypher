// What does a subject own, directly and through others, level by level from the top?
// In: id (of the subject), day (YYYYMMDD).
// Out: level (the fewest holdings between), enterprise, name, holder and share (of one last holding on a shortest way), path.
//   Holdings of any size that certainly or perhaps hold on the day, at most 8 levels.
// Uses: gs_subject_id.
MATCH path = SHORTEST 1 (s:GsSubject {id: $id})
  (()-[r:SHAREHOLDER|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR WHERE r.retracted IS NULL AND r.from_lo <= $day < r.to_hi]->()){1,8}
  (e)
WITH path, e, last(relationships(path)) AS held
WHERE e.id <> $id
RETURN length(path) AS level, e.id AS enterprise, e.name AS name, startNode(held).id AS holder, held.share AS share, path
ORDER BY level, enterprise
