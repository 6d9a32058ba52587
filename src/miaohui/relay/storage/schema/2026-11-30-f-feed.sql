-- The feed's rows lie in the order in which they were written, beside an index by session: a commit
-- then writes a few full pages, where it wrote two or three of every session that has a row in it.
CREATE TABLE feed_in_order (
  session INTEGER NOT NULL,
  pos     INTEGER NOT NULL,
  seq     INTEGER,
  utc_ms  INTEGER NOT NULL,
  line    TEXT NOT NULL,
  body    TEXT,
  PRIMARY KEY (session, pos)
);
INSERT INTO feed_in_order (session, pos, seq, utc_ms, line, body)
  SELECT session, pos, seq, utc_ms, line, body FROM feed ORDER BY session, pos;
DROP TABLE feed;
ALTER TABLE feed_in_order RENAME TO feed;
