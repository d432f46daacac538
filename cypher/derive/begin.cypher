// Begins to write a run back; whichever was being written and is not over is given up.
// In: run (its properties).  Out: generation (its number).  Uses: gs_derived_name, a scan of the label GsRun.
MERGE (d:GsDerived {name: 'derived'})
SET d.last = coalesce(d.last, 0) + 1
WITH d.last AS generation
CALL () { MATCH (o:GsRun {state: 'writing'}) SET o.state = 'given up' }
CREATE (r:GsRun:Derived:Run)
SET r = $run, r.generation = generation, r.state = 'writing', r.consequences = 0
RETURN generation
