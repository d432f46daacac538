// Who held the offices of an enterprise, from when until when, as it was told first and corrected later?
// In: id (of the enterprise).
// Out: role, holder, name, from_lo, from_hi, to_lo, to_hi (YYYYMMDD; 0 and 99999999 are open), position, retracted (null: live), fact.
//   Retracted facts as well.
// Uses: gs_subject_id.
MATCH (e:GsSubject {id: $id})<-[r:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER]-(h:GsSubject)
WHERE r.position IS NOT NULL
RETURN toLower(type(r)) AS role, h.id AS holder, h.name AS name, r.from_lo AS from_lo, r.from_hi AS from_hi, r.to_lo AS to_lo,
       r.to_hi AS to_hi, r.position AS position, r.retracted AS retracted, r.fact AS fact
ORDER BY role, from_lo, position
