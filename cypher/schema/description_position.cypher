// Finds the descriptions added after a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_description_position IF NOT EXISTS FOR (n:GsDescription) ON (n.position)
