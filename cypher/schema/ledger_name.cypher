// One ledger a database.
// In: nothing.  Out: nothing; does nothing where the constraint is there.
CREATE CONSTRAINT gs_ledger_name IF NOT EXISTS FOR (n:GsLedger) REQUIRE n.name IS UNIQUE
