// One node a subject; every walk starts at this index.
// In: nothing.  Out: nothing; does nothing where the constraint is there.
CREATE CONSTRAINT gs_subject_id IF NOT EXISTS FOR (n:GsSubject) REQUIRE n.id IS UNIQUE
