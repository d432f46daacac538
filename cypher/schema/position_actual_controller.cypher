// Finds the ACTUAL_CONTROLLER relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_actual_controller IF NOT EXISTS FOR ()-[r:ACTUAL_CONTROLLER]-() ON (r.position)
