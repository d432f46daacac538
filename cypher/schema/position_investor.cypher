// Finds the INVESTOR relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_investor IF NOT EXISTS FOR ()-[r:INVESTOR]-() ON (r.position)
