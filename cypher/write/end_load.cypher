// Notes that a load is over.
// In: name.  Out: nothing.  Uses: gs_load_name.
MATCH (n:GsLoad {name: $name})
DELETE n
