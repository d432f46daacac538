// One note a load that goes on.
// In: nothing.  Out: nothing; does nothing where the constraint is there.
CREATE CONSTRAINT gs_load_name IF NOT EXISTS FOR (n:GsLoad) REQUIRE n.name IS UNIQUE
