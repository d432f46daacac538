// Which of our constraints and indexes are there.
// In: nothing.  Out: names.  Uses: no index.
SHOW INDEXES YIELD name
WHERE name STARTS WITH 'gs_'
RETURN collect(name) AS names
