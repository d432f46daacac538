// When the positions of a run were recorded: an append records one time for all its positions.
// In: after, to.  Out: last, recorded, in order.  Uses: gs_append_last.
CALL () {
  MATCH (a:GsAppend) USING INDEX a:GsAppend(last) WHERE a.last > $after AND a.last < $to RETURN a
  UNION ALL
  MATCH (a:GsAppend) USING INDEX a:GsAppend(last) WHERE a.last >= $to RETURN a ORDER BY a.last LIMIT 1
}
RETURN a.last AS last, a.recorded AS recorded ORDER BY last
