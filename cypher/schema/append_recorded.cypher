// Finds the last position recorded by a moment.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_append_recorded IF NOT EXISTS FOR (n:GsAppend) ON (n.recorded)
