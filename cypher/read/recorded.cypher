// When a position was recorded: an append records one time for all its positions, under the last of them.
// In: number.  Out: recorded.  Uses: gs_append_last.
MATCH (a:GsAppend)
USING INDEX a:GsAppend(last)
WHERE a.last >= $number
RETURN a.recorded AS recorded ORDER BY a.last LIMIT 1
