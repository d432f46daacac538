// Puts a run in the place of the one that was current, all at once; nothing where it was given up meanwhile.
// In: generation.  Out: generation, where it is current now.  Uses: gs_run_generation, a scan of the label GsRun.
MATCH (r:GsRun {generation: $generation})
SET r.ended = datetime()
WITH r WHERE r.state = 'writing'
CALL () { MATCH (o:GsRun {state: 'current'}) SET o.state = 'old' }
SET r.state = 'current'
RETURN r.generation AS generation
