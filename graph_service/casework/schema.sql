-- The history of casework: one row a step, never changed and never taken away.  What anything is on a past day is folded from it.
CREATE TABLE steps (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  day INTEGER NOT NULL,
  actor TEXT NOT NULL,
  thing TEXT NOT NULL,
  machine TEXT NOT NULL,
  step TEXT NOT NULL,
  state TEXT NOT NULL,
  parent TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX steps_of_a_thing ON steps (thing, number);
CREATE INDEX steps_of_a_machine ON steps (machine, number);
CREATE INDEX steps_of_a_parent ON steps (parent, number);
CREATE TRIGGER steps_are_not_changed BEFORE UPDATE ON steps BEGIN SELECT RAISE(ABORT, 'the history is not changed'); END;
CREATE TRIGGER steps_are_not_taken_away BEFORE DELETE ON steps BEGIN SELECT RAISE(ABORT, 'the history is not changed'); END;
