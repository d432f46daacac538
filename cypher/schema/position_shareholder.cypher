// Finds the SHAREHOLDER relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_shareholder IF NOT EXISTS FOR ()-[r:SHAREHOLDER]-() ON (r.position)
