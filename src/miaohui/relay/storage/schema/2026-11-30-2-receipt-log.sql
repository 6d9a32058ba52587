-- The log of receipts: its name, its leaves, the hashes of its full tiles, and what it adds up to.
-- A log that goes on from a copy takes a new name: `former` is the one that it may not have again.
CREATE TABLE receipt_log (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  origin TEXT,
  former TEXT
);
INSERT INTO receipt_log (one) VALUES (1);

CREATE TABLE receipt_leaf (
  n       INTEGER PRIMARY KEY,
  session TEXT NOT NULL UNIQUE,
  hash    BLOB NOT NULL UNIQUE,
  data    BLOB NOT NULL
);

-- Level 0 are the leaves' hashes; a hash of level l + 1 is that of 256 full ones of level l.
CREATE TABLE receipt_hash (
  level INTEGER NOT NULL,
  n     INTEGER NOT NULL,
  hash  BLOB NOT NULL,
  PRIMARY KEY (level, n)
) WITHOUT ROWID;

-- A log only grows: the database itself refuses to change a leaf.
CREATE TRIGGER receipt_leaf_stays BEFORE UPDATE ON receipt_leaf
BEGIN SELECT raise(ABORT, 'a leaf of the log stays'); END;
CREATE TRIGGER receipt_leaf_is_kept BEFORE DELETE ON receipt_leaf
BEGIN SELECT raise(ABORT, 'a leaf of the log stays'); END;
CREATE TRIGGER receipt_hash_stays BEFORE UPDATE ON receipt_hash
BEGIN SELECT raise(ABORT, 'a hash of the log stays'); END;
CREATE TRIGGER receipt_hash_is_kept BEFORE DELETE ON receipt_hash
BEGIN SELECT raise(ABORT, 'a hash of the log stays'); END;

CREATE TABLE receipt_sum (
  subject   TEXT NOT NULL,
  person    INTEGER NOT NULL,
  sessions  INTEGER NOT NULL,
  kept      INTEGER NOT NULL,
  breached  INTEGER NOT NULL,
  asks      INTEGER NOT NULL,
  asks_kept INTEGER NOT NULL,
  late_ms   INTEGER NOT NULL,
  paid_ms   INTEGER NOT NULL,
  PRIMARY KEY (subject, person)
) WITHOUT ROWID;
