// Finds the AGAINST relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_against IF NOT EXISTS FOR ()-[r:AGAINST]-() ON (r.position)
