// Finds a run by its number.
// In: nothing.  Out: nothing; does nothing where the constraint is there.
CREATE CONSTRAINT gs_run_generation IF NOT EXISTS FOR (n:GsRun) REQUIRE n.generation IS UNIQUE
