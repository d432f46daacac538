// Notes that a load goes on.
// In: name.  Out: nothing.  Uses: gs_load_name.
MERGE (:GsLoad {name: $name})
