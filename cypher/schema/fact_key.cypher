// Finds the live fact of a key, which an append corrects or finds unchanged.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_fact_key IF NOT EXISTS FOR (n:GsFact) ON (n.key)
