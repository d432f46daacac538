// The records of these ids.
// In: keys, at.  Out: type, fact, a, b (record and subject).  Uses: gs_record_id.
UNWIND $keys AS key
MATCH (a:GsRecord {id: key})-[r:AGAINST]->(b)
WHERE r.position <= $at AND (r.retracted IS NULL OR r.retracted > $at)
RETURN 'AGAINST' AS type, properties(r) AS fact, key AS a, b.id AS b
