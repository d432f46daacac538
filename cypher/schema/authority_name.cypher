// One node an authority.
// In: nothing.  Out: nothing; does nothing where the constraint is there.
CREATE CONSTRAINT gs_authority_name IF NOT EXISTS FOR (n:GsAuthority) REQUIRE n.name IS UNIQUE
