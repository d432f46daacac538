// Where the ties of ids lie: their type and position, of those live at a position.
// In: keys (of facts, 'tie:ID'), at.  Out: type, positions.  Uses: gs_fact_key.
UNWIND $keys AS key
MATCH (f:GsFact {key: key})
USING INDEX f:GsFact(key)
WHERE f.position <= $at AND (f.retracted IS NULL OR f.retracted > $at)
RETURN f.type AS type, collect(f.position) AS positions
