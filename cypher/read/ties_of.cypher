// The ties of holders.
// In: keys, types (of relationships), others (kinds beyond the vocabulary; null: all), at.
// Out: type, fact, a (the holder), b (the enterprise).  Uses: gs_subject_id.
UNWIND $keys AS key
MATCH (a:GsSubject {id: key})-[r:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER|SHAREHOLDER|VOTING_RIGHTS|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR|ACTUAL_CONTROLLER|APPOINTS_BOARD|INFLUENCE|PRACTITIONER|EMPLOYEE|BRANCH_OF|SUCCESSOR_OF|JOINT_ARRANGEMENT|NOMINEE_FOR|OTHER_INTEREST|OTHER_TIE]->(b)
WHERE type(r) IN $types AND r.position <= $at AND (r.retracted IS NULL OR r.retracted > $at)
  AND (r.kind IS NULL OR $others IS NULL OR r.kind IN $others)
RETURN type(r) AS type, properties(r) AS fact, key AS a, b.id AS b
