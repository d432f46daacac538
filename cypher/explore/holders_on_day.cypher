// Who held some roles in an enterprise on a day, for certain or perhaps?
// In: id (of the enterprise), types (of ties, such as ['LEGAL_REPRESENTATIVE']; null: all), day (YYYYMMDD).
// Out: role, holder, name, title, certain (false: the dates have gaps), fact (the fact that proofs name).
// Uses: gs_subject_id.
MATCH (e:GsSubject {id: $id})<-[r:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER|SHAREHOLDER|VOTING_RIGHTS|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR|ACTUAL_CONTROLLER|APPOINTS_BOARD|INFLUENCE|PRACTITIONER|EMPLOYEE|BRANCH_OF|SUCCESSOR_OF|JOINT_ARRANGEMENT|NOMINEE_FOR|OTHER_INTEREST|OTHER_TIE]-(h:GsSubject)
WHERE r.retracted IS NULL AND r.from_lo <= $day < r.to_hi AND ($types IS NULL OR type(r) IN $types)
RETURN toLower(type(r)) AS role, h.id AS holder, h.name AS name, r.title AS title, r.from_hi <= $day < r.to_lo AS certain, r.fact AS fact
ORDER BY role, holder, fact
