-- Who told of a lead, apart from the history, so that no answer made of the history can hold it.
CREATE TABLE sources (
  thing TEXT PRIMARY KEY,
  filed_by TEXT NOT NULL,
  source TEXT NOT NULL,
  confidential INTEGER NOT NULL
);
