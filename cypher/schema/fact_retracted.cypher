// Finds what was retracted after a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_fact_retracted IF NOT EXISTS FOR (n:GsFact) ON (n.retracted)
