// Where the facts of fact ids lie: their type and position, of those live at a position.
// In: ids, at.  Out: type, positions.  Uses: gs_fact_id.
UNWIND $ids AS id
MATCH (f:GsFact {fact: id})
USING INDEX f:GsFact(fact)
WHERE f.position <= $at AND (f.retracted IS NULL OR f.retracted > $at)
RETURN f.type AS type, collect(f.position) AS positions
