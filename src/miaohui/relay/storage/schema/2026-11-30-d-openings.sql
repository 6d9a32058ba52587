-- Sessions as they were opened, beside what became of them: how long people take to come and to
-- serve, and how often a session keeps ten seconds. `load`: the sessions that its responder had
-- already. `kept`: every turn in time; null while it runs, and where nothing was asked.
CREATE TABLE openings (
    session   TEXT PRIMARY KEY,
    shop      TEXT NOT NULL,
    responder TEXT NOT NULL,
    opened_ms INTEGER NOT NULL,
    hour      INTEGER NOT NULL,
    load      INTEGER NOT NULL,
    took_ms   INTEGER NOT NULL,
    paid_ms   INTEGER NOT NULL,
    served_ms INTEGER,
    kept      INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX openings_shop ON openings (shop, opened_ms);
