// Finds the VOTING_RIGHTS relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_voting_rights IF NOT EXISTS FOR ()-[r:VOTING_RIGHTS]-() ON (r.position)
