// What was retracted after a position: the position of each retraction, and where the fact lies.
// In: after, to.  Out: type, positions, retracted.  Uses: gs_fact_retracted.
MATCH (f:GsFact)
USING INDEX f:GsFact(retracted)
WHERE f.retracted > $after AND f.retracted <= $to
RETURN f.type AS type, collect(f.position) AS positions, collect(f.retracted) AS retracted
