// Finds the APPOINTS_BOARD relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_appoints_board IF NOT EXISTS FOR ()-[r:APPOINTS_BOARD]-() ON (r.position)
