// Ties between subjects, whose nodes are made where they are missing.
// In: rows of holder, enterprise, type, fact (properties), key.  Out: nothing.  Uses: gs_subject_id.
UNWIND $rows AS row
MERGE (a:GsSubject {id: row.holder})
MERGE (b:GsSubject {id: row.enterprise})
CREATE (a)-[r:$(row.type)]->(b)
SET r = row.fact
CREATE (:GsFact {key: row.key, fact: row.fact.fact, position: row.fact.position, retracted: row.fact.retracted, type: row.type})
