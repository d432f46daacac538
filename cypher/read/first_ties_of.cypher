// At most so many ties of each holder, by the id of the tie.
// In: keys, types (of relationships), others (kinds beyond the vocabulary; null: all), at, limit.
// Out: type, fact, a (the holder), b (the enterprise).  Uses: gs_subject_id; costs all ties of the holders.
UNWIND $keys AS key
CALL (key) {
  MATCH (a:GsSubject {id: key})-[r:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER|SHAREHOLDER|VOTING_RIGHTS|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR|ACTUAL_CONTROLLER|APPOINTS_BOARD|INFLUENCE|PRACTITIONER|EMPLOYEE|BRANCH_OF|SUCCESSOR_OF|JOINT_ARRANGEMENT|NOMINEE_FOR|OTHER_INTEREST|OTHER_TIE]->(b)
  WHERE type(r) IN $types AND r.position <= $at AND (r.retracted IS NULL OR r.retracted > $at)
    AND (r.kind IS NULL OR $others IS NULL OR r.kind IN $others)
  RETURN r, b ORDER BY r.id LIMIT $limit
}
RETURN type(r) AS type, properties(r) AS fact, key AS a, b.id AS b
