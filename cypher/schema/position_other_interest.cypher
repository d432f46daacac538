// Finds the OTHER_INTEREST relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_other_interest IF NOT EXISTS FOR ()-[r:OTHER_INTEREST]-() ON (r.position)
