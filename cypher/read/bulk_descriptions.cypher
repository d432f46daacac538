// The descriptions of subjects added after one position and up to another that are live at a third, as columns.
// In: after, to, at.  Out: one row of lists of one length: subject, kind, text, days, state_owned, position, recorded, fact.
// Uses: gs_description_position.
MATCH (f:GsDescription)
USING INDEX f:GsDescription(position)
WHERE f.position > $after AND f.position <= $to AND (f.retracted IS NULL OR f.retracted > $at)
WITH properties(f) AS f
RETURN collect(f.subject) AS subject, collect(f.kind) AS kind, collect(f.text) AS text, collect(f.days) AS days,
       collect(coalesce(f.state_owned, false)) AS state_owned, collect(f.position) AS position, collect(f.recorded) AS recorded,
       collect(f.fact) AS fact
