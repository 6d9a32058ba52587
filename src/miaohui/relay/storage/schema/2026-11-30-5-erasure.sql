-- What was taken back. `erased`: whose words of a session are gone for good, '' for everybody's;
-- `doomed_media`: pictures whose files are still to be deleted; `erase_list`: what a copy that is
-- restored later must lose again, by ids alone; `word_hold`: sessions whose words stay while a
-- report on them is open.
CREATE TABLE erased (
    session INTEGER NOT NULL,
    account TEXT NOT NULL,
    PRIMARY KEY (session, account)
) STRICT, WITHOUT ROWID;
CREATE TABLE doomed_media (media TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE erase_list (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT,
    session TEXT,
    seq     INTEGER
) STRICT;
CREATE TABLE word_hold (session TEXT PRIMARY KEY, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX session_closed ON session (closed_utc_ms) WHERE state = 'closed';
-- Messages to a queue that has ended lay here for good.
DELETE FROM queued_messages WHERE order_id IN (SELECT order_id FROM orders WHERE state <> 'queued');
