// Marks subjects as practitioners, or takes the mark away, as live practice ties say.
// In: ids.  Out: nothing.  Uses: gs_subject_id.
UNWIND $ids AS id
MATCH (s:GsSubject {id: id})
REMOVE s:Practitioner
WITH s WHERE EXISTS { MATCH (s)-[r:PRACTITIONER]->() WHERE r.position IS NOT NULL AND r.retracted IS NULL }
SET s:Practitioner
