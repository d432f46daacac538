// The ties added after one position and up to another that are live at a third, as columns.
// In: after, to, at.  Out: one row of lists of one length: type, kind, id, holder, enterprise, from_lo, from_hi, to_lo, to_hi, share, title,
// credential, source, position, recorded, fact; empty texts and absent shares are null-safe: '' and '-' (no share).
// Uses: gs_position_* of ties.
CALL () {
  MATCH (a)-[r:LEGAL_REPRESENTATIVE]->(b) USING INDEX r:LEGAL_REPRESENTATIVE(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'LEGAL_REPRESENTATIVE' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:PRINCIPAL]->(b) USING INDEX r:PRINCIPAL(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'PRINCIPAL' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:BRANCH_HEAD]->(b) USING INDEX r:BRANCH_HEAD(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'BRANCH_HEAD' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:EXECUTIVE_PARTNER]->(b) USING INDEX r:EXECUTIVE_PARTNER(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'EXECUTIVE_PARTNER' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:DIRECTOR]->(b) USING INDEX r:DIRECTOR(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'DIRECTOR' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:SUPERVISOR]->(b) USING INDEX r:SUPERVISOR(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'SUPERVISOR' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:SENIOR_MANAGER]->(b) USING INDEX r:SENIOR_MANAGER(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'SENIOR_MANAGER' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:SHAREHOLDER]->(b) USING INDEX r:SHAREHOLDER(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'SHAREHOLDER' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:VOTING_RIGHTS]->(b) USING INDEX r:VOTING_RIGHTS(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'VOTING_RIGHTS' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:GENERAL_PARTNER]->(b) USING INDEX r:GENERAL_PARTNER(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'GENERAL_PARTNER' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:LIMITED_PARTNER]->(b) USING INDEX r:LIMITED_PARTNER(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'LIMITED_PARTNER' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:INVESTOR]->(b) USING INDEX r:INVESTOR(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'INVESTOR' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:ACTUAL_CONTROLLER]->(b) USING INDEX r:ACTUAL_CONTROLLER(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'ACTUAL_CONTROLLER' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:APPOINTS_BOARD]->(b) USING INDEX r:APPOINTS_BOARD(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'APPOINTS_BOARD' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:INFLUENCE]->(b) USING INDEX r:INFLUENCE(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'INFLUENCE' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:PRACTITIONER]->(b) USING INDEX r:PRACTITIONER(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'PRACTITIONER' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:EMPLOYEE]->(b) USING INDEX r:EMPLOYEE(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'EMPLOYEE' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:BRANCH_OF]->(b) USING INDEX r:BRANCH_OF(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'BRANCH_OF' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:SUCCESSOR_OF]->(b) USING INDEX r:SUCCESSOR_OF(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'SUCCESSOR_OF' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:JOINT_ARRANGEMENT]->(b) USING INDEX r:JOINT_ARRANGEMENT(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'JOINT_ARRANGEMENT' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:NOMINEE_FOR]->(b) USING INDEX r:NOMINEE_FOR(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'NOMINEE_FOR' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:OTHER_INTEREST]->(b) USING INDEX r:OTHER_INTEREST(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'OTHER_INTEREST' AS type, r, a.id AS a, b.id AS b
  UNION ALL
  MATCH (a)-[r:OTHER_TIE]->(b) USING INDEX r:OTHER_TIE(position) WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at) RETURN 'OTHER_TIE' AS type, r, a.id AS a, b.id AS b
}
WITH type, a, b, properties(r) AS r  // all at once: each look at a relationship walks along its properties anew
RETURN collect(type) AS type, collect(coalesce(r.kind, '')) AS kind, collect(r.id) AS id, collect(a) AS holder, collect(b) AS enterprise,
       collect(r.from_lo) AS from_lo, collect(r.from_hi) AS from_hi, collect(r.to_lo) AS to_lo, collect(r.to_hi) AS to_hi,
       collect(coalesce(r.share, '-')) AS share, collect(coalesce(r.title, '')) AS title,
       collect(coalesce(r.credential, '')) AS credential, collect(coalesce(r.source, '')) AS source,
       collect(r.position) AS position, collect(r.recorded) AS recorded, collect(r.fact) AS fact
