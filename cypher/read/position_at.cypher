// The last published position recorded at or before a moment.
// In: moment (microseconds since 1970, UTC), last (the published position).  Out: last, recorded; no row before the first.
// Uses: gs_append_recorded.
MATCH (a:GsAppend)
USING INDEX a:GsAppend(recorded)
WHERE a.recorded <= $moment AND a.last <= $last
RETURN a.last AS last, a.recorded AS recorded ORDER BY a.recorded DESC, a.last DESC LIMIT 1
