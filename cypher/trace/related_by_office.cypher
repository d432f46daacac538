// In which other enterprises do those who certainly answer for a record hold offices on the day?
// In: record (its id), types (the roles, such as ['LEGAL_REPRESENTATIVE', 'PRINCIPAL']), clocks (when the role must have been held:
//   some of 'act', 'decision', 'current', and then at all of them; where the law is silent, all three), findings (of which one must
//   name the person, such as ['directly_responsible']; []: none is needed), offices (by which it carries, such as
//   ['LEGAL_REPRESENTATIVE', 'ACTUAL_CONTROLLER']), day (YYYYMMDD).  Without clocks a finding is needed,
//   which then fixes person and time.
// Out: enterprise, name, person (through whom), offices (certainly held there on the day), facts.
//   What it cannot say: all that `trace/liable_persons` cannot; and what such a relation means.  It is a hint at most, and no measure on
//   the other enterprise, unless a rule says so.
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
MATCH (h)-[q:LEGAL_REPRESENTATIVE|PRINCIPAL|BRANCH_HEAD|EXECUTIVE_PARTNER|DIRECTOR|SUPERVISOR|SENIOR_MANAGER|SHAREHOLDER|VOTING_RIGHTS|GENERAL_PARTNER|LIMITED_PARTNER|INVESTOR|ACTUAL_CONTROLLER|APPOINTS_BOARD|INFLUENCE|PRACTITIONER|EMPLOYEE]->(o:GsSubject)
WHERE o <> e AND q.retracted IS NULL AND type(q) IN $offices AND q.from_hi <= $day < q.to_lo
  // Somebody who died is in no office after that day.
  AND (NOT h:Person OR h.closed_on IS NULL
       OR NOT (h.closed_on = '?' OR h.closed_on STARTS WITH '..') AND toInteger(replace(split(h.closed_on, '..')[0], '-', '')) >= $day)
RETURN o.id AS enterprise, o.name AS name, h.id AS person, collect(DISTINCT toLower(type(q))) AS offices, collect(q.fact) AS facts
ORDER BY enterprise, person
