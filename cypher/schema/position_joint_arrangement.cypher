// Finds the JOINT_ARRANGEMENT relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_joint_arrangement IF NOT EXISTS FOR ()-[r:JOINT_ARRANGEMENT]-() ON (r.position)
