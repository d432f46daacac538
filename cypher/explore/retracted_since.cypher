// What was retracted from the ledger after a position, up to another, by a correction or for good?
// In: after, to (positions).
// Out: position (of the retraction), type, about (what the fact is about), fact, added (the position at which it came in),
//   corrected (a live fact is about the same now).  Retracted facts as well: they are the question.
// Uses: gs_fact_retracted, gs_fact_key.
MATCH (f:GsFact) WHERE f.retracted > $after AND f.retracted <= $to
RETURN f.retracted AS position, f.type AS type, f.key AS about, f.fact AS fact, f.position AS added,
       EXISTS { MATCH (n:GsFact {key: f.key}) WHERE n.retracted IS NULL } AS corrected
ORDER BY position
