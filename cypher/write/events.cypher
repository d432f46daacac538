// Events of records, whose nodes are there.
// In: rows of record, person (null: everybody), fact (properties of the event).  Out: nothing.  Uses: gs_record_id, gs_subject_id.
UNWIND $rows AS row
MATCH (k:GsRecord {id: row.record})
CREATE (f:GsFact:GsEvent:Event)-[:MOVES]->(k)
SET f = row.fact
WITH row, f WHERE row.person IS NOT NULL
MATCH (p:GsSubject {id: row.person})
CREATE (f)-[:CONCERNS]->(p)
