// Finds the NOMINEE_FOR relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_nominee_for IF NOT EXISTS FOR ()-[r:NOMINEE_FOR]-() ON (r.position)
