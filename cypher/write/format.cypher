// Notes the format of the ledger, once its schema is made: a ledger that was imported has none (format 0) before it is opened.
// In: format.  Out: nothing.  Uses: gs_ledger_name.
MATCH (l:GsLedger {name: 'ledger'})
SET l.format = $format
