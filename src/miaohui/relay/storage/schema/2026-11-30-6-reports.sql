-- Who will not meet whom again: no messages, orders or handovers between the two, either way.
CREATE TABLE block (
    blocker TEXT NOT NULL,
    blocked TEXT NOT NULL,
    session TEXT NOT NULL,
    utc_ms  INTEGER NOT NULL,
    PRIMARY KEY (blocker, blocked)
) STRICT, WITHOUT ROWID;
CREATE INDEX block_blocked ON block (blocked);

-- Reports to the host. `due_ms`: by when it owes a decision (the appeal's, once there is one).
-- `word_hold` keeps the session's words while one of its reports is not final.
CREATE TABLE report (
    n              INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE,
    session        TEXT NOT NULL,
    reporter       TEXT NOT NULL,
    reported       TEXT NOT NULL,
    side           TEXT NOT NULL CHECK (side IN ('customer', 'responder')),
    category       TEXT NOT NULL,
    words          TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('received', 'read', 'decided', 'appealed', 'final')),
    filed_ms       INTEGER NOT NULL,
    due_ms         INTEGER NOT NULL,
    verdict        TEXT CHECK (verdict IN ('upheld', 'dismissed')),
    reason         TEXT NOT NULL DEFAULT '',
    decided_ms     INTEGER,
    decided_by     TEXT NOT NULL DEFAULT '',
    appeal_words   TEXT NOT NULL DEFAULT '',
    appeal_verdict TEXT CHECK (appeal_verdict IN ('upheld', 'dismissed')),
    appeal_reason  TEXT NOT NULL DEFAULT '',
    final_ms       INTEGER
) STRICT;
CREATE INDEX report_session ON report (session);
CREATE INDEX report_reporter ON report (reporter, filed_ms);
CREATE INDEX report_reported ON report (reported);

-- What was reported, as its reader had it. `original`: it hashes to what the journal committed to,
-- or, outside the journal, is what the relay holds.
CREATE TABLE report_message (
    report   INTEGER NOT NULL REFERENCES report (n),
    place    INTEGER NOT NULL,
    message  TEXT NOT NULL,
    seq      INTEGER,
    author   TEXT NOT NULL,
    text     TEXT NOT NULL,
    media    TEXT,
    original INTEGER NOT NULL,
    PRIMARY KEY (report, place)
) STRICT, WITHOUT ROWID;
