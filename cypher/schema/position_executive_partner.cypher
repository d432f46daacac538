// Finds the EXECUTIVE_PARTNER relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_executive_partner IF NOT EXISTS FOR ()-[r:EXECUTIVE_PARTNER]-() ON (r.position)
