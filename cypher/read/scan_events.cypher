// The events added after one position and up to another that are live at a third.
// In: after, to, at.  Out: type, fact (its properties), a and b (nothing).  Uses: gs_event_position.
MATCH (f:GsEvent)
USING INDEX f:GsEvent(position)
WHERE f.position > $after AND f.position <= $to AND (f.retracted IS NULL OR f.retracted > $at)
RETURN 'EVENT' AS type, properties(f) AS fact, null AS a, null AS b
