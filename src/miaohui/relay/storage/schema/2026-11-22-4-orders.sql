-- Orders, the queue before a session, money, and what customers left behind.
CREATE TABLE orders (
    order_id         TEXT PRIMARY KEY,
    version          INTEGER NOT NULL,
    state            TEXT NOT NULL,
    customer         TEXT NOT NULL,
    customer_name    TEXT NOT NULL,
    shop             TEXT NOT NULL,
    asked            TEXT,
    responder        TEXT,
    offer            TEXT NOT NULL,
    minutes          INTEGER NOT NULL,
    mode             TEXT NOT NULL,
    price_fen        INTEGER NOT NULL CHECK (price_fen >= 0),
    extensions_fen   INTEGER NOT NULL DEFAULT 0,
    extended_minutes INTEGER NOT NULL DEFAULT 0,
    refund_fen       INTEGER NOT NULL DEFAULT 0,
    given_back_ms    INTEGER NOT NULL DEFAULT 0,
    terms            TEXT NOT NULL,
    trial            INTEGER NOT NULL,
    created_ms       INTEGER NOT NULL,
    queued_ms        INTEGER,
    session          TEXT UNIQUE,
    opened_ms        INTEGER,
    closed_ms        INTEGER,
    closed_reason    TEXT
) STRICT;
CREATE INDEX orders_customer ON orders (customer, created_ms DESC, order_id);
CREATE INDEX orders_first ON orders (customer, shop);
CREATE INDEX orders_live ON orders (state)
    WHERE state IN ('quoted', 'awaiting_payment', 'paid', 'queued', 'open', 'closing');
CREATE INDEX orders_served ON orders (shop, state);
CREATE INDEX orders_responder ON orders (responder, state) WHERE responder IS NOT NULL;

CREATE TABLE queued_messages (
    order_id TEXT NOT NULL,
    pos      INTEGER NOT NULL,
    id       TEXT NOT NULL,
    content  TEXT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (order_id, pos)
) STRICT, WITHOUT ROWID;

-- Who was asked and did not take an order: 'declined', or let the time pass ('missed').
CREATE TABLE passed_over (
    order_id  TEXT NOT NULL,
    responder TEXT NOT NULL,
    how       TEXT NOT NULL CHECK (how IN ('declined', 'missed')),
    PRIMARY KEY (order_id, responder)
) STRICT, WITHOUT ROWID;

-- One row a movement, from one book to another, so that both sides are one fact.
CREATE TABLE movements (
    n         INTEGER PRIMARY KEY AUTOINCREMENT,
    utc_ms    INTEGER NOT NULL,
    what      TEXT NOT NULL
        CHECK (what IN ('grant', 'payment', 'extension', 'refund', 'earning')),
    order_id  TEXT,
    customer  TEXT,
    from_book TEXT NOT NULL,
    to_book   TEXT NOT NULL CHECK (to_book <> from_book),
    fen       INTEGER NOT NULL CHECK (fen > 0)
) STRICT;
CREATE INDEX movements_order ON movements (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX movements_customer ON movements (customer, utc_ms) WHERE customer IS NOT NULL;

-- Only what money comes out of, or goes back to, outside this relay may be below zero.
CREATE TABLE books (
    book TEXT PRIMARY KEY,
    fen  INTEGER NOT NULL CHECK (fen >= 0 OR book = 'mint' OR book LIKE 'outside:%')
) STRICT;
CREATE TABLE books_total (one INTEGER PRIMARY KEY CHECK (one = 1), fen INTEGER NOT NULL) STRICT;
INSERT INTO books_total VALUES (1, 0);
CREATE TRIGGER books_in AFTER INSERT ON books
BEGIN UPDATE books_total SET fen = fen + NEW.fen; END;
CREATE TRIGGER books_changed AFTER UPDATE ON books
BEGIN UPDATE books_total SET fen = fen + NEW.fen - OLD.fen; END;
CREATE TRIGGER books_no_delete BEFORE DELETE ON books
BEGIN SELECT RAISE(ABORT, 'a book is never removed'); END;
CREATE TRIGGER movements_no_update BEFORE UPDATE ON movements
BEGIN SELECT RAISE(ABORT, 'a movement is never changed'); END;
CREATE TRIGGER movements_no_delete BEFORE DELETE ON movements
BEGIN SELECT RAISE(ABORT, 'a movement is never removed'); END;

-- What was asked of payment providers, under our own numbers.
CREATE TABLE payments (
    number     TEXT PRIMARY KEY,
    order_id   TEXT NOT NULL,
    customer   TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('payment', 'extension')),
    provider   TEXT NOT NULL,
    fen        INTEGER NOT NULL CHECK (fen >= 0),
    state      TEXT NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed')),
    booked     INTEGER NOT NULL DEFAULT 0,
    qr         TEXT,
    created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX payments_order ON payments (order_id);
CREATE INDEX payments_pending ON payments (number) WHERE state = 'pending';

CREATE TABLE refunds (
    number  TEXT PRIMARY KEY,
    payment TEXT NOT NULL,
    fen     INTEGER NOT NULL CHECK (fen > 0),
    state   TEXT NOT NULL CHECK (state IN ('pending', 'done'))
) STRICT;
CREATE INDEX refunds_payment ON refunds (payment);
CREATE INDEX refunds_pending ON refunds (number) WHERE state = 'pending';

-- The practice provider's own memory: it stands in for a bank, so it keeps its own state.
CREATE TABLE practice_intents (
    number   TEXT PRIMARY KEY,
    payer    TEXT NOT NULL,
    fen      INTEGER NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed')),
    due_ms   INTEGER NOT NULL
) STRICT;
CREATE TABLE practice_refunds (
    number TEXT PRIMARY KEY,
    intent TEXT NOT NULL,
    fen    INTEGER NOT NULL
) STRICT;

CREATE TABLE reviews (
    session   TEXT PRIMARY KEY,
    shop      TEXT NOT NULL,
    customer  TEXT NOT NULL,
    responder TEXT NOT NULL,
    stars     INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    text      TEXT NOT NULL,
    tags      TEXT NOT NULL,
    answered  TEXT,
    utc_ms    INTEGER NOT NULL
) STRICT;
CREATE INDEX reviews_shop ON reviews (shop, utc_ms DESC);
