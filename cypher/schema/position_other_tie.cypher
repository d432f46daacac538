// Finds the OTHER_TIE relationships added at, or after, a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_position_other_tie IF NOT EXISTS FOR ()-[r:OTHER_TIE]-() ON (r.position)
