// The listings of subjects.
// In: keys, at.  Out: type, fact, a, b (subject and regime).  Uses: gs_subject_id.
UNWIND $keys AS key
MATCH (a:GsSubject {id: key})-[r:LISTED]->(b)
WHERE r.position <= $at AND (r.retracted IS NULL OR r.retracted > $at)
RETURN 'LISTED' AS type, properties(r) AS fact, key AS a, b.id AS b
