// Which run is current?
// In: nothing.  Out: run (its properties); no row where none was written back.  Uses: a scan of the label GsRun.
MATCH (r:GsRun {state: 'current'})
RETURN properties(r) AS run
