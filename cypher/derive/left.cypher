// The runs that are not current and not being written: replaced, or given up.
// In: nothing.  Out: generations.  Uses: a scan of the label GsRun, of which there are few.
MATCH (r:GsRun) WHERE r.state IN ['old', 'given up']
RETURN collect(r.generation) AS generations
