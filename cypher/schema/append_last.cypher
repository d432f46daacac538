// One append ends at a position; finds when a position was recorded.
// In: nothing.  Out: nothing; does nothing where the constraint is there.
CREATE CONSTRAINT gs_append_last IF NOT EXISTS FOR (n:GsAppend) REQUIRE n.last IS UNIQUE
