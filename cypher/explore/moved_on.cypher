// Which other enterprises did the officers of a recorded enterprise join after the decision?
// In: record (its id).
// Out: officer, name, was (offices certainly held on the day of the decision), enterprise, its_name, became, since (YYYYMMDD).
//   Only offices whose beginning is a known date after the latest day of the decision.
// Uses: gs_record_id.
MATCH (k:GsRecord {id: $record})-[a:AGAINST]->(e:GsSubject)<-[r:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER]-(h:GsSubject)
WHERE a.retracted IS NULL AND r.retracted IS NULL AND r.from_hi <= a.decided_lo AND a.decided_hi < r.to_lo
WITH a, e, h, collect(DISTINCT toLower(type(r))) AS was
MATCH (h)-[q:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER]->(o:GsSubject)
WHERE o <> e AND q.retracted IS NULL AND q.from_lo = q.from_hi AND q.from_lo > a.decided_hi
RETURN h.id AS officer, h.name AS name, was, o.id AS enterprise, o.name AS its_name, toLower(type(q)) AS became, q.from_lo AS since
ORDER BY officer, since, enterprise, became
