// Finds the PRINCIPAL relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_principal IF NOT EXISTS FOR ()-[r:PRINCIPAL]-() ON (r.position)
