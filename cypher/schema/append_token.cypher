// An append is done once, however often it was tried.
// In: nothing.  Out: nothing; does nothing where the constraint is there.
CREATE CONSTRAINT gs_append_token IF NOT EXISTS FOR (n:GsAppend) REQUIRE n.token IS UNIQUE
