// Removes some of the consequences of a run.
// In: generation, limit (how many at most).  Out: removed (how many).  Uses: gs_consequence.
MATCH (c:GsConsequence) WHERE c.generation = $generation AND c.id IS NOT NULL
WITH c LIMIT $limit
DETACH DELETE c
RETURN count(*) AS removed
