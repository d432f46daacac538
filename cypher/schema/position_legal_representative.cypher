// Finds the LEGAL_REPRESENTATIVE relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_legal_representative IF NOT EXISTS FOR ()-[r:LEGAL_REPRESENTATIVE]-() ON (r.position)
