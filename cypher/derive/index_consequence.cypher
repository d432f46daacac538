// Finds the consequences of a run.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_consequence IF NOT EXISTS FOR (n:GsConsequence) ON (n.generation, n.id)
