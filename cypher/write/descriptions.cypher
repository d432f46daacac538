// Descriptions of subjects, whose nodes are made where they are missing: the fact, and what the node shows of it.
// In: rows of fact (properties of the description), labels, shown (properties of the node; null: absent).  Out: nothing.
// Uses: gs_subject_id.
UNWIND $rows AS row
MERGE (s:GsSubject {id: row.fact.subject})
REMOVE s:Enterprise:Person:Unspecified
SET s:$(row.labels), s += row.shown
CREATE (f:GsFact:GsDescription)
SET f = row.fact
