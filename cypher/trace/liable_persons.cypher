// Who certainly answers for a record as the holder of some roles?
// In: record (its id), types (the roles, such as ['LEGAL_REPRESENTATIVE', 'PRINCIPAL']), clocks (when the role must have been held:
//   some of 'act', 'decision', 'current', and then at all of them; where the law is silent, all three), findings (of which one must
//   name the person, such as ['directly_responsible']; []: none is needed), day (YYYYMMDD).  Without clocks a finding is needed,
//   which then fixes person and time.
// Out: person, name, roles, facts (ties that show it; with a finding, see `explore/record_story`).
//   What it cannot say: who may answer (candidates, and the gap that would decide it); whether a rule speaks of the record at all (its
//   words, its force on the day of decision: that is for whoever asks); several ties that only together cover an act or a decision of
//   which the days are not known, and ties whose first and last possible days meet: it finds fewer, never more.  Nothing of terms,
//   exits and status; nothing of an earlier position: the live facts.  `graph-service trace` says all that.
// Uses: gs_record_id.
MATCH (k:GsRecord {id: $record})-[a:AGAINST]->(e:GsSubject)<-[r:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER|SHAREHOLDER|VOTING_RIGHTS|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR|ACTUAL_CONTROLLER|APPOINTS_BOARD|INFLUENCE|PRACTITIONER|EMPLOYEE]-(h:GsSubject)
WHERE a.retracted IS NULL AND a.instrument_no IS NOT NULL AND a.decided_hi <= $day
  AND r.retracted IS NULL AND r.position IS NOT NULL AND type(r) IN $types AND NOT h:Unspecified
  AND (size($findings) = 0 AND size($clocks) > 0 OR EXISTS {
    (k)-[f:NAMES]->(h) WHERE f.retracted IS NULL AND f.finding IN $findings AND coalesce(f.found_on, 0) <= $day
  })
// The act ends with the day of a known decision, unless it begins after it.  A tie ends the day after its holder's death.
WITH a, e, h, r,
     CASE WHEN a.decided_lo = a.decided_hi AND 0 < a.decided_lo < 99999999 AND a.from_lo <= a.decided_lo
          THEN a.decided_lo ELSE 99999999 END AS cut,
     CASE WHEN NOT h:Person OR h.closed_on IS NULL THEN 99999999
          WHEN h.closed_on = '?' OR h.closed_on STARTS WITH '..' THEN 10101
          ELSE toInteger(replace(toString(date(split(h.closed_on, '..')[0]) + duration({days: 1})), '-', '')) END AS gone_lo,
     CASE WHEN NOT h:Person OR h.closed_on IS NULL OR h.closed_on = '?' OR h.closed_on ENDS WITH '..' THEN 99999999
          ELSE toInteger(replace(toString(date(last(split(h.closed_on, '..'))) + duration({days: 1})), '-', '')) END AS gone_hi
WHERE r.from_lo < gone_hi
WITH a, e, h, r, cut, r.from_hi AS since, CASE WHEN r.to_lo < gone_lo THEN r.to_lo ELSE gone_lo END AS until
// At which clocks the tie was held for certain: from since until the day before until, in every reading of the gaps.
WITH e, h, r, [clock IN $clocks WHERE since < until AND CASE clock
    WHEN 'current' THEN since <= $day < until
    WHEN 'decision' THEN since <= a.decided_lo AND a.decided_hi < until
    WHEN 'act' THEN CASE
      WHEN a.from_hi < a.to_lo OR cut < a.to_lo
      THEN since < a.to_lo AND since <= cut AND (a.from_hi < until OR cut < until)
      ELSE (since <= a.from_lo OR since < a.to_lo AND since <= cut) AND (a.from_hi < until OR a.to_hi <= until OR cut < until) END
    ELSE false END] AS held
WITH e, h, collect({type: toLower(type(r)), fact: r.fact, held: held}) AS ties
WHERE all(clock IN $clocks WHERE any(tie IN ties WHERE clock IN tie.held))
RETURN h.id AS person, h.name AS name,
       reduce(roles = [], tie IN [one IN ties WHERE size($clocks) = 0 OR size(one.held) > 0] | CASE WHEN tie.type IN roles THEN roles ELSE roles + tie.type END) AS roles,
       [tie IN ties WHERE size($clocks) = 0 OR size(tie.held) > 0 | tie.fact] AS facts
ORDER BY person
