// Finds the INFLUENCE relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_influence IF NOT EXISTS FOR ()-[r:INFLUENCE]-() ON (r.position)
