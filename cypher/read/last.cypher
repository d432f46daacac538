// The last position that can be read, and when it was recorded.
// In: nothing.  Out: position, recorded (null at 0).  Uses: gs_ledger_name, gs_append_last.
MATCH (l:GsLedger {name: 'ledger'})
OPTIONAL MATCH (a:GsAppend {last: l.position})
RETURN l.position AS position, a.recorded AS recorded
