// Finds the PRACTITIONER relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_practitioner IF NOT EXISTS FOR ()-[r:PRACTITIONER]-() ON (r.position)
