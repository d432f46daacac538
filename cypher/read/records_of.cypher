// The records against subjects.
// In: keys, at.  Out: type, fact, a, b (record and subject).  Uses: gs_subject_id.
UNWIND $keys AS key
MATCH (b:GsSubject {id: key})<-[r:AGAINST]-(a)
WHERE r.position <= $at AND (r.retracted IS NULL OR r.retracted > $at)
RETURN 'AGAINST' AS type, properties(r) AS fact, a.id AS a, key AS b
