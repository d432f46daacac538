// The descriptions of subjects.
// In: keys, at.  Out: type, fact, a and b (nothing).  Uses: gs_description_subject.
UNWIND $keys AS key
MATCH (f:GsDescription {subject: key})
USING INDEX f:GsDescription(subject)
WHERE f.position <= $at AND (f.retracted IS NULL OR f.retracted > $at)
RETURN 'DESCRIPTION' AS type, properties(f) AS fact, null AS a, null AS b
