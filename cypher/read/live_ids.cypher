// The live facts of fact ids, as an append that retracts them must know them.
// In: ids.  Out: one row of lists: keys, facts, positions, types, kinds (of subjects).  Uses: gs_fact_id.
UNWIND $ids AS id
MATCH (f:GsFact {fact: id})
USING INDEX f:GsFact(fact)
WHERE f.retracted IS NULL
RETURN collect(f.key) AS keys, collect(f.fact) AS facts, collect(f.position) AS positions, collect(f.type) AS types,
       collect(coalesce(f.kind, '')) AS kinds
