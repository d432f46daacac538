// Finds the NAMES relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_names IF NOT EXISTS FOR ()-[r:NAMES]-() ON (r.position)
