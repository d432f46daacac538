// Which other enterprises have officers in common with an enterprise, and are they of its region and industry?
// In: id (of the enterprise), day (YYYYMMDD).
// Out: enterprise, name, officers (ids of those who certainly or perhaps hold offices in both), same_region, same_industry.
//   Registers carry no addresses: region (GB/T 2260) and industry (GB/T 4754) are the nearest to one.
// Uses: gs_subject_id.
MATCH (e:GsSubject {id: $id})<-[r:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER]-(h:GsSubject)
WHERE r.retracted IS NULL AND r.from_lo <= $day < r.to_hi
WITH DISTINCT e, h
MATCH (h)-[q:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER]->(o:GsSubject)
WHERE o <> e AND q.retracted IS NULL AND q.from_lo <= $day < q.to_hi
WITH e, o, collect(DISTINCT h.id) AS officers
RETURN o.id AS enterprise, o.name AS name, officers,
       coalesce(o.region = e.region, false) AS same_region, coalesce(o.industry = e.industry, false) AS same_industry
ORDER BY size(officers) DESC, enterprise
