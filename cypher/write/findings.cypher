// Findings of records, between nodes that are there.
// In: rows of record, person, fact (properties), key.  Out: nothing.  Uses: gs_record_id, gs_subject_id.
UNWIND $rows AS row
MATCH (a:GsRecord {id: row.record})
MATCH (b:GsSubject {id: row.person})
CREATE (a)-[r:NAMES]->(b)
SET r = row.fact
CREATE (:GsFact {key: row.key, fact: row.fact.fact, position: row.fact.position, retracted: row.fact.retracted, type: 'NAMES'})
