-- The host's word may also sign somebody out, or take them off duty.
CREATE TABLE control_next (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    utc_ms  INTEGER NOT NULL,
    what    TEXT NOT NULL CHECK (what IN ('ban', 'unban', 'people', 'sign-out', 'off')),
    subject TEXT NOT NULL
) STRICT;
INSERT INTO control_next SELECT * FROM control;
DROP TABLE control;
ALTER TABLE control_next RENAME TO control;
