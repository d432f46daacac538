// How are two subjects connected, by the fewest ties of some kinds?
// In: a, b (ids of two different subjects), types (of ties, such as ['DIRECTOR', 'SHAREHOLDER']; null: all), day (YYYYMMDD).
// Out: steps, chain (ids from a to b), ties (their types in order), path (to look at); no row where they are not connected.
//   Ties in either direction that certainly or perhaps hold on the day, at most 16.  Bodies of the state are not walked through
//   (by form, or by a Unified Social Credit Code that begins with 11, whose check digit is not looked at here).
// Uses: gs_subject_id.
MATCH path = SHORTEST 1 (a:GsSubject {id: $a})
  -[r:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER|SHAREHOLDER|VOTING_RIGHTS|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR|ACTUAL_CONTROLLER|APPOINTS_BOARD|INFLUENCE|PRACTITIONER|EMPLOYEE|BRANCH_OF|SUCCESSOR_OF|JOINT_ARRANGEMENT|NOMINEE_FOR|OTHER_INTEREST|OTHER_TIE
    WHERE r.retracted IS NULL AND r.from_lo <= $day < r.to_hi AND ($types IS NULL OR type(r) IN $types)]-()
  ((x:GsSubject WHERE NOT (NOT x:Person AND NOT x:Unspecified
      AND (x.form IN ['state', 'state_body', 'government', '机关法人', '机关'] OR x.id STARTS WITH '11' AND size(x.id) = 18)))
   -[q:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER|SHAREHOLDER|VOTING_RIGHTS|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR|ACTUAL_CONTROLLER|APPOINTS_BOARD|INFLUENCE|PRACTITIONER|EMPLOYEE|BRANCH_OF|SUCCESSOR_OF|JOINT_ARRANGEMENT|NOMINEE_FOR|OTHER_INTEREST|OTHER_TIE
     WHERE q.retracted IS NULL AND q.from_lo <= $day < q.to_hi AND ($types IS NULL OR type(q) IN $types)]-
   ()){0,15}
  (b:GsSubject {id: $b})
RETURN length(path) AS steps, [n IN nodes(path) | n.id] AS chain, [one IN relationships(path) | type(one)] AS ties, path
