// Lets readers see what was appended.  In a transaction of its own: by now every fact of it is in the store, for everybody.
// In: token.  Out: nothing.  Uses: gs_ledger_name.
MATCH (l:GsLedger {name: 'ledger'})
SET l.writer = $token
WITH l
SET l.position = l.appended
