// Finds the events added after a position.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_event_position IF NOT EXISTS FOR (n:GsEvent) ON (n.position)
