-- What an account may hold open is counted, and what is over is swept, by indexes of their own:
-- SQLite uses a partial index only where a query says its very words.
CREATE INDEX orders_quoted ON orders (created_ms) WHERE state = 'quoted';
CREATE INDEX orders_quoted_by ON orders (customer, created_ms) WHERE state = 'quoted';
CREATE INDEX orders_waiting_by ON orders (customer)
    WHERE state IN ('awaiting_payment', 'paid', 'queued');
CREATE INDEX orders_taken_back ON orders (customer, closed_ms) WHERE state = 'refunded';
CREATE INDEX orders_void ON orders (closed_ms) WHERE state = 'void';

-- Answers are kept for 30 days: the day (of the epoch) on which each was given.
CREATE TABLE answer_by_day (
  id      TEXT NOT NULL,
  account TEXT NOT NULL,
  digest  TEXT NOT NULL,
  result  TEXT NOT NULL,
  session INTEGER,
  day     INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER) / 86400),
  PRIMARY KEY (id, account)
) WITHOUT ROWID;
INSERT INTO answer_by_day (id, account, digest, result, session)
  SELECT id, account, digest, result, session FROM answer ORDER BY id, account;
DROP TABLE answer;
ALTER TABLE answer_by_day RENAME TO answer;
CREATE INDEX answer_session ON answer (session) WHERE session IS NOT NULL;
CREATE INDEX answer_day ON answer (day);

-- Pictures have owners, and uploads an age.
ALTER TABLE media ADD COLUMN begun_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX media_owner ON media (owner, bytes);
CREATE INDEX media_session ON media (session, bytes);
CREATE INDEX media_unfinished ON media (begun_ms, owner) WHERE complete = 0;
-- One row that triggers keep: what all pictures take together.
CREATE TABLE media_total (one INTEGER PRIMARY KEY CHECK (one = 1), bytes INTEGER NOT NULL);
INSERT INTO media_total SELECT 1, ifnull(sum(bytes), 0) FROM media;
CREATE TRIGGER media_in AFTER INSERT ON media
BEGIN UPDATE media_total SET bytes = bytes + NEW.bytes; END;
CREATE TRIGGER media_out AFTER DELETE ON media
BEGIN UPDATE media_total SET bytes = bytes - OLD.bytes; END;

-- A recovery code is a password's stand-in, kept as one; tokens go when they were not used.
ALTER TABLE accounts ADD COLUMN recovery TEXT;
CREATE INDEX tokens_seen ON tokens (seen_ms) WHERE revoked_ms IS NULL;
CREATE INDEX tokens_device ON tokens (device, account);
