// What does a record look like: whom it is against, who decided it, whom it names, who held the offices and shares?
// In: record (its id).
// Out: path (to look at).  Live facts; ties of any time.
// Uses: gs_record_id.
MATCH (k:GsRecord {id: $record})-[a:AGAINST]->(e:GsSubject)
WHERE a.retracted IS NULL AND a.position IS NOT NULL
CALL (k, e) {
  MATCH path = (k)-[r:AGAINST|NAMES]->(:GsSubject) WHERE r.retracted IS NULL AND r.position IS NOT NULL
  RETURN path
  UNION ALL
  MATCH path = (k)-[:DECIDED_BY]->(:GsAuthority)
  RETURN path
  UNION ALL
  MATCH path = (k)<-[:MOVES]-(v:GsEvent) WHERE v.retracted IS NULL
  RETURN path
  UNION ALL
  MATCH path = (e)<-[r:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER|SHAREHOLDER|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR|ACTUAL_CONTROLLER|APPOINTS_BOARD|PRACTITIONER]-(:GsSubject)
  WHERE r.retracted IS NULL AND r.position IS NOT NULL
  RETURN path
}
RETURN path
