// What was added to the ledger after a position, up to another?
// In: after, to (positions; the ledger's own is `MATCH (l:GsLedger) RETURN l.position`).
// Out: position, recorded, type, a and b (the ids that the fact joins; of an event and a description only a), fact.
//   Retracted facts as well: live says which are not.  What was retracted: `explore/retracted_since`.
// Uses: gs_position_*, gs_event_position, gs_description_position.
CALL () {
  MATCH (a)-[r:LEGAL_REPRESENTATIVE]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:PRINCIPAL]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:BRANCH_HEAD]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:EXECUTIVE_PARTNER]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:DIRECTOR]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:SUPERVISOR]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:SENIOR_MANAGER]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:SHAREHOLDER]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:VOTING_RIGHTS]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:GENERAL_PARTNER]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:LIMITED_PARTNER]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:INVESTOR]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:ACTUAL_CONTROLLER]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:APPOINTS_BOARD]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:INFLUENCE]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:PRACTITIONER]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:EMPLOYEE]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:BRANCH_OF]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:SUCCESSOR_OF]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:JOINT_ARRANGEMENT]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:NOMINEE_FOR]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:OTHER_INTEREST]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:OTHER_TIE]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:AGAINST]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:NAMES]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:LISTED]->(b) WHERE r.position > $after AND r.position <= $to RETURN r AS one, type(r) AS type, a.id AS a, b.id AS b
  UNION ALL
  MATCH (f:GsEvent) WHERE f.position > $after AND f.position <= $to RETURN f AS one, 'EVENT' AS type, f.record AS a, null AS b
  UNION ALL
  MATCH (f:GsDescription) WHERE f.position > $after AND f.position <= $to RETURN f AS one, 'DESCRIPTION' AS type, f.subject AS a, null AS b
}
RETURN one.position AS position, toString(datetime({epochMillis: one.recorded / 1000})) AS recorded, type, a, b, one.fact AS fact,
       one.retracted IS NULL AS live
ORDER BY position
