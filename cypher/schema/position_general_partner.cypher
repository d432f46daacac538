// Finds the GENERAL_PARTNER relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_general_partner IF NOT EXISTS FOR ()-[r:GENERAL_PARTNER]-() ON (r.position)
