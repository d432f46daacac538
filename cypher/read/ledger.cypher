// The ledger's node: what can be read (position), what is whole but not yet published (appended), what it is.
// In: nothing.  Out: format, position, appended, identity_key (its fingerprint), uuid; no row where there is no ledger.  Uses: gs_ledger_name.
MATCH (l:GsLedger {name: 'ledger'})
RETURN l.format AS format, l.position AS position, l.appended AS appended, l.identity_key AS identity_key, l.uuid AS uuid
