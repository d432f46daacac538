// Finds facts by the ids that proofs name.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_fact_id IF NOT EXISTS FOR (n:GsFact) ON (n.fact)
