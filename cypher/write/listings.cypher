// Listings of subjects, whose nodes are there.
// In: rows of subject, fact (properties, the regime among them), key.  Out: nothing.  Uses: gs_subject_id, gs_regime_id.
UNWIND $rows AS row
MATCH (a:GsSubject {id: row.subject})
MERGE (b:GsRegime {id: row.fact.regime})
SET b:Regime
CREATE (a)-[r:LISTED]->(b)
SET r = row.fact
CREATE (:GsFact {key: row.key, fact: row.fact.fact, position: row.fact.position, retracted: row.fact.retracted, type: 'LISTED'})
