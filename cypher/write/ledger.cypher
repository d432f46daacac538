// The node of the ledger, made once.
// In: format.  Out: nothing.  Uses: gs_ledger_name.
MERGE (l:GsLedger {name: 'ledger'})
ON CREATE SET l.format = $format, l.uuid = randomUUID(), l.appended = 0, l.position = 0
