// Records, as stated, on nodes that are there.
// In: rows of record, subject, fact (properties), key, shown (properties of the record's node; null: absent), authority (or null).
// Out: nothing.  Uses: gs_record_id, gs_subject_id, gs_authority_name.
UNWIND $rows AS row
MATCH (k:GsRecord {id: row.record})
MATCH (s:GsSubject {id: row.subject})
SET k:Record, k += row.shown
CREATE (k)-[r:AGAINST]->(s)
SET r = row.fact
CREATE (:GsFact {key: row.key, fact: row.fact.fact, position: row.fact.position, retracted: row.fact.retracted, type: 'AGAINST'})
WITH row, k
CALL (row, k) {
  MATCH (k)-[old:DECIDED_BY]->(:GsAuthority)
  DELETE old
}
CALL (row, k) {
  WITH row, k WHERE row.authority IS NOT NULL
  MERGE (a:GsAuthority {name: row.authority})
  SET a:Authority
  CREATE (k)-[:DECIDED_BY]->(a)
}
