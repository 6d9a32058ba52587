-- Answers by the command's id first: ids are made in the order of time, so those of one commit stand
-- on a few pages side by side, and not each on its account's own.
CREATE TABLE answer_by_id (
  id      TEXT NOT NULL,
  account TEXT NOT NULL,
  digest  TEXT NOT NULL,
  result  TEXT NOT NULL,
  session INTEGER,
  PRIMARY KEY (id, account)
) WITHOUT ROWID;
INSERT INTO answer_by_id (id, account, digest, result, session)
  SELECT id, account, digest, result, session FROM answer ORDER BY id, account;
DROP TABLE answer;
ALTER TABLE answer_by_id RENAME TO answer;
CREATE INDEX answer_session ON answer (session) WHERE session IS NOT NULL;
