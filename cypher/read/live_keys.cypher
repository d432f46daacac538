// The live facts of keys, as an append must know them.
// In: keys.  Out: one row of lists: keys, facts, positions, types, kinds (of subjects).  Uses: gs_fact_key.
UNWIND $keys AS key
MATCH (f:GsFact {key: key})
USING INDEX f:GsFact(key)
WHERE f.retracted IS NULL
RETURN collect(f.key) AS keys, collect(f.fact) AS facts, collect(f.position) AS positions, collect(f.type) AS types,
       collect(coalesce(f.kind, '')) AS kinds
