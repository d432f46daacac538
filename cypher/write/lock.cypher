// Takes the ledger for one append: whoever else appends waits here until this one is over.
// In: token.  Out: position, appended, recorded (null at 0), done (the last position that this token's append took, where it was done before).
// Uses: gs_ledger_name, gs_append_token.
MATCH (l:GsLedger {name: 'ledger'})
SET l.writer = $token
WITH l
OPTIONAL MATCH (a:GsAppend {token: $token})
RETURN l.position AS position, l.appended AS appended, l.appended_at AS recorded, a.last AS done
