-- Paid time as each person served it, out of the journal: a row for each who held a session, written
-- with the handover or the end itself. `trial` 1: of a first talk.
CREATE TABLE served (
    session   INTEGER NOT NULL,
    part      INTEGER NOT NULL,
    shop      TEXT NOT NULL,
    responder TEXT NOT NULL,
    utc_ms    INTEGER NOT NULL,
    ms        INTEGER NOT NULL CHECK (ms >= 0),
    trial     INTEGER NOT NULL,
    PRIMARY KEY (session, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX served_shop ON served (shop, utc_ms, responder, ms, trial, session);
