// Which records stand on the enterprises of a person, and what was the person there when it was decided?
// In: id (of the person).
// Out: record, enterprise, name, decided_on, behaviour, role, then (certain, possible or no: in the role on the day of decision).
//   Who answers for a record is another question: `trace/liable_persons`, or `graph-service person`.
// Uses: gs_subject_id.
MATCH (p:GsSubject {id: $id})-[r:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER|SHAREHOLDER|VOTING_RIGHTS|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR|ACTUAL_CONTROLLER|APPOINTS_BOARD|INFLUENCE|PRACTITIONER|EMPLOYEE|BRANCH_OF|SUCCESSOR_OF|JOINT_ARRANGEMENT|NOMINEE_FOR|OTHER_INTEREST|OTHER_TIE]->(e:GsSubject)<-[a:AGAINST]-(k:GsRecord)
WHERE r.retracted IS NULL AND r.position IS NOT NULL AND a.retracted IS NULL AND a.position IS NOT NULL
RETURN k.id AS record, e.id AS enterprise, e.name AS name, k.decided_on AS decided_on, k.behaviour AS behaviour,
       toLower(type(r)) AS role,
       CASE WHEN r.from_hi <= a.decided_lo AND a.decided_hi < r.to_lo THEN 'certain'
            WHEN r.from_lo <= a.decided_hi AND a.decided_lo < r.to_hi THEN 'possible'
            ELSE 'no' END AS then
ORDER BY record, role, r.fact
