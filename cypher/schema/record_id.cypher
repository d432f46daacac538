// One node a record.
// In: nothing.  Out: nothing; does nothing where the constraint is there.
CREATE CONSTRAINT gs_record_id IF NOT EXISTS FOR (n:GsRecord) REQUIRE n.id IS UNIQUE
