// Notes an append, in the transaction of its facts.
// In: token, first, last, recorded.  Out: nothing.  Uses: gs_ledger_name.
MATCH (l:GsLedger {name: 'ledger'})
SET l.appended = $last, l.appended_at = $recorded
CREATE (:GsAppend {token: $token, first: $first, last: $last, recorded: $recorded})
