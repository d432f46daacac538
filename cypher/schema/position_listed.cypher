// Finds the LISTED relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_listed IF NOT EXISTS FOR ()-[r:LISTED]-() ON (r.position)
