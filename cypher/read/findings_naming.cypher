// The findings that name persons.
// In: keys, at.  Out: type, fact, a, b (record and person).  Uses: gs_subject_id.
UNWIND $keys AS key
MATCH (b:GsSubject {id: key})<-[r:NAMES]-(a)
WHERE r.position <= $at AND (r.retracted IS NULL OR r.retracted > $at)
RETURN 'NAMES' AS type, properties(r) AS fact, a.id AS a, key AS b
