// Finds the SENIOR_MANAGER relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_senior_manager IF NOT EXISTS FOR ()-[r:SENIOR_MANAGER]-() ON (r.position)
