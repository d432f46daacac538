// Finds the LIMITED_PARTNER relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_limited_partner IF NOT EXISTS FOR ()-[r:LIMITED_PARTNER]-() ON (r.position)
