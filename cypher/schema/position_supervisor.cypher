// Finds the SUPERVISOR relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_supervisor IF NOT EXISTS FOR ()-[r:SUPERVISOR]-() ON (r.position)
