-- Shops, what they sell, who works there, and what was measured of them.
CREATE TABLE shops (
    n               INTEGER PRIMARY KEY,
    shop            TEXT NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    about           TEXT NOT NULL,
    freelancer      INTEGER NOT NULL,
    tags            TEXT NOT NULL,
    open_hours      TEXT NOT NULL,
    utc_offset_min  INTEGER NOT NULL,
    terms           TEXT NOT NULL,
    praise_permille INTEGER,
    created_ms      INTEGER NOT NULL
) STRICT;

CREATE TABLE offers (
    offer      TEXT PRIMARY KEY,
    shop       TEXT NOT NULL,
    minutes    INTEGER NOT NULL,
    mode       TEXT NOT NULL,
    price_fen  INTEGER NOT NULL,
    trial      INTEGER NOT NULL,
    dropped_ms INTEGER
) STRICT;
CREATE INDEX offers_shop ON offers (shop) WHERE dropped_ms IS NULL;

CREATE TABLE people (
    responder   TEXT PRIMARY KEY,
    shop        TEXT NOT NULL,
    name        TEXT NOT NULL,
    about       TEXT NOT NULL,
    capacity    INTEGER NOT NULL,
    presence    TEXT NOT NULL CHECK (presence IN ('on', 'break', 'off')),
    on_since_ms INTEGER
) STRICT;
CREATE INDEX people_shop ON people (shop);

-- Every wait ever measured, raw. `piece` 0: a whole turn, counted for the shop;
-- 1: a responder's share of one, counted for the person.
CREATE TABLE waits (
    session   TEXT NOT NULL,
    shop      TEXT NOT NULL,
    responder TEXT NOT NULL,
    piece     INTEGER NOT NULL,
    start_ms  INTEGER NOT NULL,
    hour      INTEGER NOT NULL,
    wait_ms   INTEGER NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('kept', 'breached', 'censored')),
    covered   INTEGER NOT NULL
) STRICT;
CREATE INDEX waits_shop ON waits (shop, start_ms, hour, wait_ms, state, covered) WHERE piece = 0;
CREATE INDEX waits_responder ON waits (responder, start_ms, hour, wait_ms, state, covered)
    WHERE piece = 1;
CREATE INDEX waits_session ON waits (session, piece, state);

CREATE TABLE measured_sessions (
    session    TEXT NOT NULL,
    subject    TEXT NOT NULL,
    closed_ms  INTEGER NOT NULL,
    late_ms    INTEGER NOT NULL,
    elapsed_ms INTEGER NOT NULL,
    PRIMARY KEY (subject, closed_ms, session)
) STRICT, WITHOUT ROWID;

-- What the window of 30 days says of a shop or a person, kept up to date so that reading is cheap.
-- `stale`: quantiles wait for the next refresh. `expires_ms`: when the oldest row leaves the window.
CREATE TABLE figures (
    subject      TEXT PRIMARY KEY,
    person       INTEGER NOT NULL,
    kept         INTEGER NOT NULL,
    breached     INTEGER NOT NULL,
    sessions     INTEGER NOT NULL,
    low          REAL NOT NULL,
    high         REAL NOT NULL,
    p50_ms       INTEGER,
    p50_at_least INTEGER NOT NULL,
    p95_ms       INTEGER,
    p95_at_least INTEGER NOT NULL,
    worst_ms     INTEGER,
    late_ms      INTEGER NOT NULL,
    elapsed_ms   INTEGER NOT NULL,
    hours        TEXT NOT NULL,
    expires_ms   INTEGER,
    stale        INTEGER NOT NULL
) STRICT;
CREATE INDEX figures_stale ON figures (subject) WHERE stale = 1;
CREATE INDEX figures_expires ON figures (expires_ms) WHERE expires_ms IS NOT NULL;

-- One narrow row a shop, with every key that a list filters or sorts by.
CREATE TABLE cards (
    n          INTEGER PRIMARY KEY,
    shop       TEXT NOT NULL UNIQUE,
    low        REAL NOT NULL,
    turns      INTEGER NOT NULL,
    kept_ppm   INTEGER NOT NULL,
    fast       INTEGER NOT NULL,
    price30    INTEGER NOT NULL,
    night      INTEGER NOT NULL,
    freelancer INTEGER NOT NULL,
    trial      INTEGER NOT NULL
) STRICT;
CREATE INDEX cards_measured ON cards (low DESC, n, price30, night, freelancer, trial, turns, kept_ppm);
CREATE INDEX cards_price ON cards (price30, n, night, freelancer, trial, turns, kept_ppm);
CREATE INDEX cards_fast ON cards (fast, n, price30, night, freelancer, trial, turns, kept_ppm);

-- Names, people and tags, every Chinese character a token of its own; see relay/search.py.
CREATE VIRTUAL TABLE shop_words USING fts5 (
    name, people, tags, tokenize = 'unicode61'
);
