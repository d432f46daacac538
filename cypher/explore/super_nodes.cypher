// Which subjects have so many ties that walking through them connects everybody?
// In: least (how many live ties).
// Out: subject, name, ties (live ones in both directions), incoming (how many of them lead into it).
// Uses: a scan of the label GsSubject, and the number of relationships that a node knows of itself.
MATCH (s:GsSubject)
WHERE COUNT { (s)--() } >= $least
WITH s, COUNT { (s)<-[r:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER|SHAREHOLDER|VOTING_RIGHTS|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR|ACTUAL_CONTROLLER|APPOINTS_BOARD|INFLUENCE|PRACTITIONER|EMPLOYEE|BRANCH_OF|SUCCESSOR_OF|JOINT_ARRANGEMENT|NOMINEE_FOR|OTHER_INTEREST|OTHER_TIE]-() WHERE r.retracted IS NULL AND r.position IS NOT NULL } AS incoming,
     COUNT { (s)-[r:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER|SHAREHOLDER|VOTING_RIGHTS|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR|ACTUAL_CONTROLLER|APPOINTS_BOARD|INFLUENCE|PRACTITIONER|EMPLOYEE|BRANCH_OF|SUCCESSOR_OF|JOINT_ARRANGEMENT|NOMINEE_FOR|OTHER_INTEREST|OTHER_TIE]->() WHERE r.retracted IS NULL AND r.position IS NOT NULL } AS outgoing
WHERE incoming + outgoing >= $least
RETURN s.id AS subject, s.name AS name, incoming + outgoing AS ties, incoming
ORDER BY ties DESC, subject
