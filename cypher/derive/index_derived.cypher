// One node that counts the runs written back, on which they wait for each other.
// In: nothing.  Out: nothing; does nothing where the constraint is there.
CREATE CONSTRAINT gs_derived_name IF NOT EXISTS FOR (n:GsDerived) REQUIRE n.name IS UNIQUE
