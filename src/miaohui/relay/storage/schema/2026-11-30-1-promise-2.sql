-- Orders, sessions and figures of promise/1 stay in the copy that is made before this file is
-- applied, and are never read as promise/2. What was paid and not yet earned goes back first.
INSERT INTO movements (utc_ms, what, order_id, customer, from_book, to_book, fen)
    SELECT created_ms, 'refund', order_id, customer, 'order:' || order_id,
        'customer:' || customer, fen
    FROM orders JOIN books ON book = 'order:' || order_id WHERE fen > 0;
INSERT OR IGNORE INTO books (book, fen)
    SELECT DISTINCT 'customer:' || customer, 0
    FROM orders JOIN books ON book = 'order:' || order_id WHERE fen > 0;
UPDATE books SET fen = fen + (
        SELECT ifnull(sum(held.fen), 0) FROM orders
        JOIN books AS held ON held.book = 'order:' || order_id
        WHERE 'customer:' || customer = books.book)
    WHERE book LIKE 'customer:%';
UPDATE books SET fen = 0 WHERE book LIKE 'order:%';
DELETE FROM reviews;
DELETE FROM refunds;
DELETE FROM payments;
DELETE FROM queued_messages;
DELETE FROM passed_over;
DELETE FROM orders;
DELETE FROM mark;
DELETE FROM media;
DELETE FROM answer;
DELETE FROM feed;
DELETE FROM seat;
DELETE FROM session;
DELETE FROM vouch;

-- `customer`: whose turn it was. `counts` 0: of a session that counts for nobody.
DROP TABLE waits;
CREATE TABLE waits (
    session   TEXT NOT NULL,
    shop      TEXT NOT NULL,
    customer  TEXT NOT NULL,
    responder TEXT NOT NULL,
    piece     INTEGER NOT NULL,
    start_ms  INTEGER NOT NULL,
    hour      INTEGER NOT NULL,
    wait_ms   INTEGER NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('kept', 'breached', 'censored')),
    covered   INTEGER NOT NULL,
    counts    INTEGER NOT NULL
) STRICT;
CREATE INDEX waits_shop ON waits (shop, start_ms, hour, wait_ms, state, covered, customer, responder)
    WHERE piece = 0 AND counts = 1;
CREATE INDEX waits_responder
    ON waits (responder, start_ms, hour, wait_ms, state, covered, customer, shop)
    WHERE piece = 1 AND counts = 1;
CREATE INDEX waits_session ON waits (session, piece, state);

DROP TABLE measured_sessions;
CREATE TABLE measured_sessions (
    session       TEXT NOT NULL,
    subject       TEXT NOT NULL,
    closed_ms     INTEGER NOT NULL,
    late_ms       INTEGER NOT NULL,
    elapsed_ms    INTEGER NOT NULL,
    asks_kept     INTEGER NOT NULL,
    asks_breached INTEGER NOT NULL,
    PRIMARY KEY (subject, closed_ms, session)
) STRICT, WITHOUT ROWID;

-- `measured`: the figures as the wire has them.
DROP TABLE figures;
CREATE TABLE figures (
    subject    TEXT PRIMARY KEY,
    person     INTEGER NOT NULL,
    kept       INTEGER NOT NULL,
    breached   INTEGER NOT NULL,
    low        REAL NOT NULL,
    p50_ms     INTEGER,
    p95_ms     INTEGER,
    measured   TEXT NOT NULL,
    hours      TEXT NOT NULL,
    expires_ms INTEGER,
    stale      INTEGER NOT NULL
) STRICT;
CREATE INDEX figures_stale ON figures (subject) WHERE stale = 1;
CREATE INDEX figures_expires ON figures (expires_ms) WHERE expires_ms IS NOT NULL;

CREATE INDEX passed_over_responder ON passed_over (responder, how);

-- Lists are filtered by the interval's lower bound.
ALTER TABLE cards RENAME COLUMN kept_ppm TO low_ppm;
UPDATE cards SET low = 0, low_ppm = 0, turns = 0, fast = 10000000000;


-- Sessions that were open in the copy that this relay was restored from, until each is closed.
CREATE TABLE restored (
    session TEXT PRIMARY KEY,
    seq     INTEGER NOT NULL,
    head    TEXT NOT NULL,
    utc     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
