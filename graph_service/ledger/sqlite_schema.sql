-- The tables of a SQLite ledger, format 1.
--
-- A fact is one row of its kind's table, under the position at which it was added; "retracted" is the position at which it
-- was retracted, NULL while it is live.  Nothing else of a row ever changes and no row is deleted, so what was live at
-- position P is, at any later time: position <= P AND (retracted IS NULL OR retracted > P).
--
-- Days are integers (ordinals of the calendar; 0 and 3652060 are open bounds), a bound is its range lo..hi; shares are exact
-- text, NULL for a tie that carries none; "recorded" counts microseconds since 1970 in UTC; "digest" is the fact id's.
-- Keys of subjects and records are integers of "keys", the small vocabularies integers of "words".

CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE appends (last INTEGER PRIMARY KEY, recorded INTEGER NOT NULL);
CREATE INDEX appends_recorded ON appends (recorded);

CREATE TABLE retractions (
  position INTEGER PRIMARY KEY, recorded INTEGER NOT NULL,
  fact_kind TEXT NOT NULL, fact INTEGER NOT NULL  -- the table and position of the retracted fact
);

CREATE TABLE keys (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

CREATE TABLE subject (
  position INTEGER PRIMARY KEY, retracted INTEGER, recorded INTEGER NOT NULL, digest BLOB NOT NULL,
  subject INTEGER NOT NULL REFERENCES keys, kind INTEGER NOT NULL REFERENCES words,
  name TEXT NOT NULL, form TEXT NOT NULL, status TEXT NOT NULL, region TEXT NOT NULL, industry TEXT NOT NULL,
  opened_lo INTEGER NOT NULL, opened_hi INTEGER NOT NULL, closed_lo INTEGER NOT NULL, closed_hi INTEGER NOT NULL,
  state_owned INTEGER NOT NULL, id_type TEXT NOT NULL, id_hash TEXT NOT NULL, note TEXT NOT NULL
);
CREATE INDEX subject_digest ON subject (digest);
CREATE INDEX subject_subject ON subject (subject);

CREATE TABLE tie (
  position INTEGER PRIMARY KEY, retracted INTEGER, recorded INTEGER NOT NULL, digest BLOB NOT NULL,
  id TEXT NOT NULL, kind INTEGER NOT NULL REFERENCES words,
  holder INTEGER NOT NULL REFERENCES keys, enterprise INTEGER NOT NULL REFERENCES keys,
  start_lo INTEGER NOT NULL, start_hi INTEGER NOT NULL, end_lo INTEGER NOT NULL, end_hi INTEGER NOT NULL,
  share TEXT, title TEXT NOT NULL, credential TEXT NOT NULL, source TEXT NOT NULL
);
CREATE INDEX tie_digest ON tie (digest);
CREATE INDEX tie_id ON tie (id);
CREATE INDEX tie_enterprise ON tie (enterprise, kind);
CREATE INDEX tie_holder ON tie (holder, id);

CREATE TABLE record (
  position INTEGER PRIMARY KEY, retracted INTEGER, recorded INTEGER NOT NULL, digest BLOB NOT NULL,
  record INTEGER NOT NULL REFERENCES keys, subject INTEGER NOT NULL REFERENCES keys,
  family TEXT NOT NULL, behaviour TEXT NOT NULL, severity TEXT NOT NULL,
  act_start_lo INTEGER NOT NULL, act_start_hi INTEGER NOT NULL, act_end_lo INTEGER NOT NULL, act_end_hi INTEGER NOT NULL,
  decided_lo INTEGER NOT NULL, decided_hi INTEGER NOT NULL,
  authority TEXT NOT NULL, instrument_no TEXT NOT NULL, region TEXT NOT NULL, amount TEXT NOT NULL, outcome TEXT NOT NULL
);
CREATE INDEX record_digest ON record (digest);
CREATE INDEX record_record ON record (record);
CREATE INDEX record_subject ON record (subject);

CREATE TABLE finding (
  position INTEGER PRIMARY KEY, retracted INTEGER, recorded INTEGER NOT NULL, digest BLOB NOT NULL,
  record INTEGER NOT NULL REFERENCES keys, person INTEGER NOT NULL REFERENCES keys,
  finding INTEGER NOT NULL REFERENCES words, instrument_no TEXT NOT NULL,
  found_on INTEGER  -- NULL: with the decision
);
CREATE INDEX finding_digest ON finding (digest);
CREATE INDEX finding_record ON finding (record);
CREATE INDEX finding_person ON finding (person);

CREATE TABLE event (
  position INTEGER PRIMARY KEY, retracted INTEGER, recorded INTEGER NOT NULL, digest BLOB NOT NULL,
  record INTEGER NOT NULL REFERENCES keys, kind INTEGER NOT NULL REFERENCES words, happened_on INTEGER NOT NULL,
  person INTEGER NOT NULL REFERENCES keys,  -- the empty key: everybody
  instrument_no TEXT NOT NULL
);
CREATE INDEX event_digest ON event (digest);
CREATE INDEX event_record ON event (record);

CREATE TABLE listing (
  position INTEGER PRIMARY KEY, retracted INTEGER, recorded INTEGER NOT NULL, digest BLOB NOT NULL,
  subject INTEGER NOT NULL REFERENCES keys, regime TEXT NOT NULL,
  listed_start_lo INTEGER NOT NULL, listed_start_hi INTEGER NOT NULL,
  listed_end_lo INTEGER NOT NULL, listed_end_hi INTEGER NOT NULL,
  instrument_no TEXT NOT NULL
);
CREATE INDEX listing_digest ON listing (digest);
CREATE INDEX listing_subject ON listing (subject);
