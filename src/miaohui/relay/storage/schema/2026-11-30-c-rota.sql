-- Who works when. A draft is the owner's alone; a shift that is over took its person off duty.
CREATE TABLE shifts (
    shift     TEXT PRIMARY KEY,
    shop      TEXT NOT NULL,
    responder TEXT NOT NULL,
    from_ms   INTEGER NOT NULL,
    to_ms     INTEGER NOT NULL CHECK (to_ms > from_ms),
    state     TEXT NOT NULL CHECK (state IN ('draft', 'published', 'over'))
) STRICT;
CREATE INDEX shifts_shop ON shifts (shop, to_ms);
CREATE INDEX shifts_responder ON shifts (responder, to_ms);

-- Who asked whom to take a shift, for one of theirs or for nothing.
CREATE TABLE swaps (
    swap      TEXT PRIMARY KEY,
    shop      TEXT NOT NULL,
    shift     TEXT NOT NULL,
    giver     TEXT NOT NULL,
    taker     TEXT NOT NULL,
    in_return TEXT,
    state     TEXT NOT NULL CHECK (state IN ('asked', 'agreed', 'refused', 'withdrawn')),
    asked_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX swaps_shop ON swaps (shop, asked_ms);
CREATE UNIQUE INDEX swaps_open ON swaps (shift) WHERE state = 'asked';

-- The most that somebody works (JSON); `responder` empty: everybody of the shop without an own row.
CREATE TABLE work_limits (
    shop      TEXT NOT NULL,
    responder TEXT NOT NULL,
    limits    TEXT NOT NULL,
    PRIMARY KEY (shop, responder)
) STRICT, WITHOUT ROWID;

-- Stretches of work as the relay saw them, in shops with a rota or limits: on duty, or in a session.
CREATE TABLE stretches (
    responder TEXT NOT NULL,
    from_ms   INTEGER NOT NULL,
    to_ms     INTEGER NOT NULL,
    PRIMARY KEY (responder, from_ms)
) STRICT, WITHOUT ROWID;
