// The findings of records.
// In: keys, at.  Out: type, fact, a, b (record and person).  Uses: gs_record_id.
UNWIND $keys AS key
MATCH (a:GsRecord {id: key})-[r:NAMES]->(b)
WHERE r.position <= $at AND (r.retracted IS NULL OR r.retracted > $at)
RETURN 'NAMES' AS type, properties(r) AS fact, key AS a, b.id AS b
