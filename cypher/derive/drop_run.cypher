// Removes a run of which no consequence is left.
// In: generation.  Out: nothing.  Uses: gs_run_generation.
MATCH (r:GsRun {generation: $generation})
DETACH DELETE r
