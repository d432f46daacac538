// Retracts facts that are relationships.
// In: rows, a map from type to rows of of (the position of the fact) and position (of the retraction).
// Out: type and a (the id of where it begins) of each.  Uses: gs_position_*.
CALL () {
  UNWIND $rows.LEGAL_REPRESENTATIVE AS row MATCH (a)-[r:LEGAL_REPRESENTATIVE]->() USING INDEX r:LEGAL_REPRESENTATIVE(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'LEGAL_REPRESENTATIVE' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.PRINCIPAL AS row MATCH (a)-[r:PRINCIPAL]->() USING INDEX r:PRINCIPAL(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'PRINCIPAL' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.BRANCH_HEAD AS row MATCH (a)-[r:BRANCH_HEAD]->() USING INDEX r:BRANCH_HEAD(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'BRANCH_HEAD' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.EXECUTIVE_PARTNER AS row MATCH (a)-[r:EXECUTIVE_PARTNER]->() USING INDEX r:EXECUTIVE_PARTNER(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'EXECUTIVE_PARTNER' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.DIRECTOR AS row MATCH (a)-[r:DIRECTOR]->() USING INDEX r:DIRECTOR(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'DIRECTOR' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.SUPERVISOR AS row MATCH (a)-[r:SUPERVISOR]->() USING INDEX r:SUPERVISOR(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'SUPERVISOR' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.SENIOR_MANAGER AS row MATCH (a)-[r:SENIOR_MANAGER]->() USING INDEX r:SENIOR_MANAGER(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'SENIOR_MANAGER' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.SHAREHOLDER AS row MATCH (a)-[r:SHAREHOLDER]->() USING INDEX r:SHAREHOLDER(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'SHAREHOLDER' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.VOTING_RIGHTS AS row MATCH (a)-[r:VOTING_RIGHTS]->() USING INDEX r:VOTING_RIGHTS(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'VOTING_RIGHTS' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.GENERAL_PARTNER AS row MATCH (a)-[r:GENERAL_PARTNER]->() USING INDEX r:GENERAL_PARTNER(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'GENERAL_PARTNER' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.LIMITED_PARTNER AS row MATCH (a)-[r:LIMITED_PARTNER]->() USING INDEX r:LIMITED_PARTNER(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'LIMITED_PARTNER' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.INVESTOR AS row MATCH (a)-[r:INVESTOR]->() USING INDEX r:INVESTOR(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'INVESTOR' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.ACTUAL_CONTROLLER AS row MATCH (a)-[r:ACTUAL_CONTROLLER]->() USING INDEX r:ACTUAL_CONTROLLER(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'ACTUAL_CONTROLLER' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.APPOINTS_BOARD AS row MATCH (a)-[r:APPOINTS_BOARD]->() USING INDEX r:APPOINTS_BOARD(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'APPOINTS_BOARD' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.INFLUENCE AS row MATCH (a)-[r:INFLUENCE]->() USING INDEX r:INFLUENCE(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'INFLUENCE' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.PRACTITIONER AS row MATCH (a)-[r:PRACTITIONER]->() USING INDEX r:PRACTITIONER(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'PRACTITIONER' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.EMPLOYEE AS row MATCH (a)-[r:EMPLOYEE]->() USING INDEX r:EMPLOYEE(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'EMPLOYEE' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.BRANCH_OF AS row MATCH (a)-[r:BRANCH_OF]->() USING INDEX r:BRANCH_OF(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'BRANCH_OF' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.SUCCESSOR_OF AS row MATCH (a)-[r:SUCCESSOR_OF]->() USING INDEX r:SUCCESSOR_OF(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'SUCCESSOR_OF' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.JOINT_ARRANGEMENT AS row MATCH (a)-[r:JOINT_ARRANGEMENT]->() USING INDEX r:JOINT_ARRANGEMENT(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'JOINT_ARRANGEMENT' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.NOMINEE_FOR AS row MATCH (a)-[r:NOMINEE_FOR]->() USING INDEX r:NOMINEE_FOR(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'NOMINEE_FOR' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.OTHER_INTEREST AS row MATCH (a)-[r:OTHER_INTEREST]->() USING INDEX r:OTHER_INTEREST(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'OTHER_INTEREST' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.OTHER_TIE AS row MATCH (a)-[r:OTHER_TIE]->() USING INDEX r:OTHER_TIE(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'OTHER_TIE' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.AGAINST AS row MATCH (a)-[r:AGAINST]->() USING INDEX r:AGAINST(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'AGAINST' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.NAMES AS row MATCH (a)-[r:NAMES]->() USING INDEX r:NAMES(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'NAMES' AS type, a.id AS a
  UNION ALL
  UNWIND $rows.LISTED AS row MATCH (a)-[r:LISTED]->() USING INDEX r:LISTED(position) WHERE r.position = row.of SET r.retracted = row.position RETURN 'LISTED' AS type, a.id AS a
}
RETURN type, a
