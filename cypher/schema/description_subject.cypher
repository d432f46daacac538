// Finds the descriptions of a subject.
// In: nothing.  Out: nothing; does nothing where the index is there.
CREATE INDEX gs_description_subject IF NOT EXISTS FOR (n:GsDescription) ON (n.subject)
