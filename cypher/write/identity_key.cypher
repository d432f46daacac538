// Keeps the fingerprint of the ledger's identity key, unless there is one.
// In: fingerprint.  Out: identity_key (the one that counts).  Uses: gs_ledger_name.
MATCH (l:GsLedger {name: 'ledger'})
SET l.identity_key = coalesce(l.identity_key, $fingerprint)
RETURN l.identity_key AS identity_key
