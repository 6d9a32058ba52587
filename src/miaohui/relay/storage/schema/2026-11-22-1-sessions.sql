-- Sessions, their feeds (the journal's entries are rows of it), and the memory of commands.
CREATE TABLE session (
  num            INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  order_id       TEXT NOT NULL,
  customer       TEXT NOT NULL,
  customer_name  TEXT NOT NULL,
  shop           TEXT NOT NULL,
  shop_name      TEXT NOT NULL,
  responder      TEXT NOT NULL,
  responder_name TEXT NOT NULL,
  minutes        INTEGER NOT NULL,
  utc_offset_min INTEGER NOT NULL,
  opened_utc_ms  INTEGER NOT NULL,
  run            TEXT NOT NULL,
  base           INTEGER NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('open', 'closing', 'closed')),
  ending         TEXT,
  closed_utc_ms  INTEGER,
  refund_fen     INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX session_live ON session (num) WHERE state != 'closed';
CREATE INDEX session_order ON session (order_id);

-- Who sat in a session on which side; a former responder reads up to `to_pos`.
CREATE TABLE seat (
  account TEXT NOT NULL,
  session INTEGER NOT NULL REFERENCES session (num),
  side    TEXT NOT NULL CHECK (side IN ('customer', 'responder')),
  name    TEXT NOT NULL,
  to_pos  INTEGER,
  PRIMARY KEY (account, session)
) WITHOUT ROWID;
CREATE INDEX seat_session ON seat (session);

-- `line` is an entry's canonical form where `seq` is set, else the item's JSON.
CREATE TABLE feed (
  session INTEGER NOT NULL,
  pos     INTEGER NOT NULL,
  seq     INTEGER,
  utc_ms  INTEGER NOT NULL,
  line    TEXT NOT NULL,
  body    TEXT,
  PRIMARY KEY (session, pos)
) WITHOUT ROWID;

-- The first answer to every command, for good. `session` is set where the command's id stands
-- nowhere in the feed.
CREATE TABLE answer (
  account TEXT NOT NULL,
  id      TEXT NOT NULL,
  digest  TEXT NOT NULL,
  result  TEXT NOT NULL,
  session INTEGER,
  PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE INDEX answer_session ON answer (session) WHERE session IS NOT NULL;

-- The newest instant for which this relay vouches: one row.
CREATE TABLE vouch (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  run    TEXT NOT NULL,
  mono   INTEGER NOT NULL,
  utc_ms INTEGER NOT NULL
);

CREATE TABLE media (
  id       TEXT PRIMARY KEY,
  session  INTEGER NOT NULL,
  owner    TEXT NOT NULL,
  bytes    INTEGER NOT NULL,
  mime     TEXT NOT NULL,
  sha256   TEXT NOT NULL,
  width    INTEGER NOT NULL,
  height   INTEGER NOT NULL,
  complete INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Salted fingerprints of what responders wrote in earlier sessions.
CREATE TABLE mark (
  num       INTEGER PRIMARY KEY,
  responder TEXT NOT NULL,
  session   INTEGER NOT NULL,
  print     BLOB NOT NULL
);
CREATE INDEX mark_responder ON mark (responder, num);
