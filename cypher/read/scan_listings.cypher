// The listings added after one position and up to another that are live at a third.
// In: after, to, at.  Out: type, fact (its properties), a and b (the ids that it joins).  Uses: gs_position_listed.
MATCH (a)-[r:LISTED]->(b)
USING INDEX r:LISTED(position)
WHERE r.position > $after AND r.position <= $to AND (r.retracted IS NULL OR r.retracted > $at)
RETURN 'LISTED' AS type, properties(r) AS fact, a.id AS a, b.id AS b
