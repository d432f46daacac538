// Finds the EMPLOYEE relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_employee IF NOT EXISTS FOR ()-[r:EMPLOYEE]-() ON (r.position)
