// Takes from the nodes of records what they showed of statements that are retracted.
// In: ids.  Out: nothing.  Uses: gs_record_id.
UNWIND $ids AS id
MATCH (k:GsRecord {id: id})
REMOVE k:Record, k.subject, k.family, k.behaviour, k.severity, k.decided_on, k.authority, k.instrument_no, k.region, k.amount, k.outcome
WITH k
MATCH (k)-[old:DECIDED_BY]->(:GsAuthority)
DELETE old
