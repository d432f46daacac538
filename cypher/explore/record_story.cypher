// What happened with a record, in the order of time: act, decision, findings, events?
// In: record (its id).
// Out: on (YYYYMMDD; the earliest day that it may be; 0: open), step, person (null: everybody), fact.
// Uses: gs_record_id.
CALL () {
  MATCH (k:GsRecord {id: $record})-[a:AGAINST]->() WHERE a.retracted IS NULL AND a.position IS NOT NULL
  UNWIND [[a.from_lo, 'act'], [a.decided_lo, 'decision']] AS one
  RETURN one[0] AS on, one[1] AS step, null AS person, a.fact AS fact
  UNION ALL
  MATCH (k:GsRecord {id: $record})-[a:AGAINST]->() WHERE a.retracted IS NULL AND a.position IS NOT NULL
  MATCH (k)-[f:NAMES]->(p:GsSubject) WHERE f.retracted IS NULL AND f.position IS NOT NULL
  RETURN coalesce(f.found_on, a.decided_lo) AS on, f.finding AS step, p.id AS person, f.fact AS fact
  UNION ALL
  MATCH (k:GsRecord {id: $record})<-[:MOVES]-(v:GsEvent) WHERE v.retracted IS NULL
  RETURN v.on AS on, v.kind AS step, v.person AS person, v.fact AS fact
}
RETURN on, step, person, fact
ORDER BY on, step, person
