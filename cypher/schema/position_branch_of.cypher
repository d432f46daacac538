// Finds the BRANCH_OF relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_branch_of IF NOT EXISTS FOR ()-[r:BRANCH_OF]-() ON (r.position)
