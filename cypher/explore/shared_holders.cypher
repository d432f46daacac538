// Who holds an office, a share or control in both of two enterprises?
// In: a, b (ids of the enterprises), day (YYYYMMDD).
// Out: holder, name, in_a, in_b (what they are there), certain (false: in one of them perhaps only, for dates have gaps).
// Uses: gs_subject_id.
MATCH (a:GsSubject {id: $a})<-[r:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER|SHAREHOLDER|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR|ACTUAL_CONTROLLER|APPOINTS_BOARD]-(h:GsSubject)
WHERE r.retracted IS NULL AND r.from_lo <= $day < r.to_hi
WITH h, collect(DISTINCT toLower(type(r))) AS in_a, max(r.from_hi <= $day < r.to_lo) AS sure_a
MATCH (h)-[q:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER|SHAREHOLDER|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR|ACTUAL_CONTROLLER|APPOINTS_BOARD]->(b:GsSubject {id: $b})
WHERE q.retracted IS NULL AND q.from_lo <= $day < q.to_hi
WITH h, in_a, sure_a, collect(DISTINCT toLower(type(q))) AS in_b, max(q.from_hi <= $day < q.to_lo) AS sure_b
RETURN h.id AS holder, h.name AS name, in_a, in_b, sure_a AND sure_b AS certain
ORDER BY holder
