// Retracts facts in the ledger's own index; descriptions and events are retracted by this alone.
// In: rows of key, of (the position of the fact), position (of the retraction).  Out: nothing.  Uses: gs_fact_key.
UNWIND $rows AS row
MATCH (f:GsFact {key: row.key})
USING INDEX f:GsFact(key)
WHERE f.position = row.of
SET f.retracted = row.position
