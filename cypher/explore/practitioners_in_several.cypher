// Which licensed practitioners practise in several enterprises at once?
// In: least (how many enterprises), day (YYYYMMDD).
// Out: practitioner, name, enterprises (ids), credentials.  Practices that certainly or perhaps hold on the day.
// Uses: a scan of the label Practitioner.
MATCH (p:GsSubject:Practitioner)-[r:PRACTITIONER]->(e:GsSubject)
WHERE r.retracted IS NULL AND r.from_lo <= $day < r.to_hi
WITH p, collect(DISTINCT e.id) AS enterprises, collect(DISTINCT r.credential) AS credentials
WHERE size(enterprises) >= $least
RETURN p.id AS practitioner, p.name AS name, enterprises, credentials
ORDER BY size(enterprises) DESC, practitioner
