// Finds the DIRECTOR relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_director IF NOT EXISTS FOR ()-[r:DIRECTOR]-() ON (r.position)
