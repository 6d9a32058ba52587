-- All that the host's word to the running relay may be about.
ALTER TABLE control RENAME TO control_before;
CREATE TABLE control (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    utc_ms  INTEGER NOT NULL,
    what    TEXT NOT NULL CHECK (what IN ('ban', 'unban', 'people', 'report', 'minor', 'refund',
            'payment', 'bill', 'sign-out', 'off')),
    subject TEXT NOT NULL
) STRICT;
INSERT INTO control SELECT n, utc_ms, what, subject FROM control_before;
DROP TABLE control_before;
