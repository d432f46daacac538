// Finds the SUCCESSOR_OF relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_successor_of IF NOT EXISTS FOR ()-[r:SUCCESSOR_OF]-() ON (r.position)
