// Finds the BRANCH_HEAD relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_branch_head IF NOT EXISTS FOR ()-[r:BRANCH_HEAD]-() ON (r.position)
