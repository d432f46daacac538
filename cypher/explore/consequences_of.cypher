// What follows from a record under the last run that was written back, and on whom?
// In: record (its id), status (of the consequences, such as 'active'; null: any).
// Out: subject, name, consequence (its id), kind, code, status, via (through whom; null: directly), path (to look at).
//   Derived, not facts: `graph-service run --write-back` writes them.
// Uses: gs_record_id, gs_run_generation.
MATCH (run:GsRun {state: 'current'})
MATCH path = (k:GsRecord {id: $record})<-[:ARISES_FROM]-(c:GsConsequence)-[:ON]->(s:GsSubject)
WHERE c.generation = run.generation AND ($status IS NULL OR c.status = $status)
RETURN s.id AS subject, s.name AS name, c.id AS consequence, c.kind AS kind, c.code AS code, c.status AS status, c.via AS via, path
ORDER BY subject, kind, consequence
