// Waits until new indexes can be used.
// In: nothing.  Out: nothing.  Uses: no index.
CALL db.awaitIndexes(600)
