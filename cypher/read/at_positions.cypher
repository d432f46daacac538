// Whole facts by where they lie.
// In: at, a map from type to positions.  Out: type, fact (its properties), a and b (the ids that a relationship joins).
// Uses: gs_position_*, gs_event_position, gs_description_position.
CALL () {
  MATCH (a)-[r:LEGAL_REPRESENTATIVE]->(b) USING INDEX r:LEGAL_REPRESENTATIVE(position) WHERE r.position IN $at.LEGAL_REPRESENTATIVE RETURN 'LEGAL_REPRESENTATIVE' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:PRINCIPAL]->(b) USING INDEX r:PRINCIPAL(position) WHERE r.position IN $at.PRINCIPAL RETURN 'PRINCIPAL' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:BRANCH_HEAD]->(b) USING INDEX r:BRANCH_HEAD(position) WHERE r.position IN $at.BRANCH_HEAD RETURN 'BRANCH_HEAD' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:EXECUTIVE_PARTNER]->(b) USING INDEX r:EXECUTIVE_PARTNER(position) WHERE r.position IN $at.EXECUTIVE_PARTNER RETURN 'EXECUTIVE_PARTNER' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:DIRECTOR]->(b) USING INDEX r:DIRECTOR(position) WHERE r.position IN $at.DIRECTOR RETURN 'DIRECTOR' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:SUPERVISOR]->(b) USING INDEX r:SUPERVISOR(position) WHERE r.position IN $at.SUPERVISOR RETURN 'SUPERVISOR' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:SENIOR_MANAGER]->(b) USING INDEX r:SENIOR_MANAGER(position) WHERE r.position IN $at.SENIOR_MANAGER RETURN 'SENIOR_MANAGER' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:SHAREHOLDER]->(b) USING INDEX r:SHAREHOLDER(position) WHERE r.position IN $at.SHAREHOLDER RETURN 'SHAREHOLDER' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:VOTING_RIGHTS]->(b) USING INDEX r:VOTING_RIGHTS(position) WHERE r.position IN $at.VOTING_RIGHTS RETURN 'VOTING_RIGHTS' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:GENERAL_PARTNER]->(b) USING INDEX r:GENERAL_PARTNER(position) WHERE r.position IN $at.GENERAL_PARTNER RETURN 'GENERAL_PARTNER' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:LIMITED_PARTNER]->(b) USING INDEX r:LIMITED_PARTNER(position) WHERE r.position IN $at.LIMITED_PARTNER RETURN 'LIMITED_PARTNER' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:INVESTOR]->(b) USING INDEX r:INVESTOR(position) WHERE r.position IN $at.INVESTOR RETURN 'INVESTOR' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:ACTUAL_CONTROLLER]->(b) USING INDEX r:ACTUAL_CONTROLLER(position) WHERE r.position IN $at.ACTUAL_CONTROLLER RETURN 'ACTUAL_CONTROLLER' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:APPOINTS_BOARD]->(b) USING INDEX r:APPOINTS_BOARD(position) WHERE r.position IN $at.APPOINTS_BOARD RETURN 'APPOINTS_BOARD' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:INFLUENCE]->(b) USING INDEX r:INFLUENCE(position) WHERE r.position IN $at.INFLUENCE RETURN 'INFLUENCE' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:PRACTITIONER]->(b) USING INDEX r:PRACTITIONER(position) WHERE r.position IN $at.PRACTITIONER RETURN 'PRACTITIONER' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:EMPLOYEE]->(b) USING INDEX r:EMPLOYEE(position) WHERE r.position IN $at.EMPLOYEE RETURN 'EMPLOYEE' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:BRANCH_OF]->(b) USING INDEX r:BRANCH_OF(position) WHERE r.position IN $at.BRANCH_OF RETURN 'BRANCH_OF' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:SUCCESSOR_OF]->(b) USING INDEX r:SUCCESSOR_OF(position) WHERE r.position IN $at.SUCCESSOR_OF RETURN 'SUCCESSOR_OF' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:JOINT_ARRANGEMENT]->(b) USING INDEX r:JOINT_ARRANGEMENT(position) WHERE r.position IN $at.JOINT_ARRANGEMENT RETURN 'JOINT_ARRANGEMENT' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:NOMINEE_FOR]->(b) USING INDEX r:NOMINEE_FOR(position) WHERE r.position IN $at.NOMINEE_FOR RETURN 'NOMINEE_FOR' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:OTHER_INTEREST]->(b) USING INDEX r:OTHER_INTEREST(position) WHERE r.position IN $at.OTHER_INTEREST RETURN 'OTHER_INTEREST' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:OTHER_TIE]->(b) USING INDEX r:OTHER_TIE(position) WHERE r.position IN $at.OTHER_TIE RETURN 'OTHER_TIE' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:AGAINST]->(b) USING INDEX r:AGAINST(position) WHERE r.position IN $at.AGAINST RETURN 'AGAINST' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:NAMES]->(b) USING INDEX r:NAMES(position) WHERE r.position IN $at.NAMES RETURN 'NAMES' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:LISTED]->(b) USING INDEX r:LISTED(position) WHERE r.position IN $at.LISTED RETURN 'LISTED' AS type, properties(r) AS fact, a.id AS a, b.id AS b
  UNION ALL
  MATCH (f:GsEvent) USING INDEX f:GsEvent(position) WHERE f.position IN $at.EVENT RETURN 'EVENT' AS type, properties(f) AS fact, null AS a, null AS b
  UNION ALL
  MATCH (f:GsDescription) USING INDEX f:GsDescription(position) WHERE f.position IN $at.DESCRIPTION RETURN 'DESCRIPTION' AS type, properties(f) AS fact, null AS a, null AS b
}
RETURN type, fact, a, b
