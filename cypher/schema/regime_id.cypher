// One node a sanctions regime.
// In: nothing.  Out: nothing; does nothing where the constraint is there.
CREATE CONSTRAINT gs_regime_id IF NOT EXISTS FOR (n:GsRegime) REQUIRE n.id IS UNIQUE
