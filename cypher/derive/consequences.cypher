// Consequences of a run that is being written, with what they are on and arise from; nothing where the run was given up meanwhile.
// In: generation, rows of subject, record (null: of a cascade), listed (of a cascade: the subjects that it begins at), via (null: none),
//   properties.  Out: written (how many).  Uses: gs_run_generation, gs_subject_id, gs_record_id.
MATCH (r:GsRun {generation: $generation})
SET r.consequences = r.consequences + size($rows)
WITH r WHERE r.state = 'writing'
UNWIND $rows AS row
MATCH (s:GsSubject {id: row.subject})
CREATE (c:GsConsequence:Derived:Consequence)-[:ON]->(s)
SET c = row.properties, c.generation = $generation
WITH c, row
CALL (c, row) { MATCH (k:GsRecord {id: row.record}) CREATE (c)-[:ARISES_FROM]->(k) }
CALL (c, row) { MATCH (v:GsSubject {id: row.via}) CREATE (c)-[:VIA]->(v) }
CALL (c, row) { UNWIND row.listed AS key MATCH (l:GsSubject {id: key}) WHERE EXISTS { (l)-[:LISTED]->() } CREATE (c)-[:ARISES_FROM]->(l) }
RETURN count(c) AS written
