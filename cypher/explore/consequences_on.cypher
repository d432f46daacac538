// What does the last run that was written back say of a subject?
// In: id (of the subject), status (of the consequences, such as 'active'; null: any).
// Out: consequence (its id), kind, code, title, status, since, until (as the run's files have from and to), record, rule, decision (the
//   run), path and origins (to look at: the consequence, and what it arises from).  Derived, not facts: `graph-service run --write-back` writes them.  `graph-service why ID` gives the proof.
// Uses: gs_subject_id, gs_run_generation.
MATCH (run:GsRun {state: 'current'})
MATCH path = (s:GsSubject {id: $id})<-[:ON]-(c:GsConsequence)
WHERE c.generation = run.generation AND ($status IS NULL OR c.status = $status)
RETURN c.id AS consequence, c.kind AS kind, c.code AS code, c.title AS title, c.status AS status, c.from AS since, c.to AS until,
       c.record AS record, c.rule AS rule, c.decision AS decision, path,
       [origin = (c)-[:ARISES_FROM]->() | origin] AS origins
ORDER BY kind, consequence
