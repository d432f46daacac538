// The events of records.
// In: keys, at.  Out: type, fact, a, b (nothing).  Uses: gs_record_id.
UNWIND $keys AS key
MATCH (:GsRecord {id: key})<-[:MOVES]-(f:GsEvent)
WHERE f.position <= $at AND (f.retracted IS NULL OR f.retracted > $at)
RETURN 'EVENT' AS type, properties(f) AS fact, null AS a, null AS b
