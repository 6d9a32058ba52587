-- Payments and refunds as real providers know them: ends of their own, terms, and what was answered.
DROP INDEX payments_order;
DROP INDEX payments_pending;
ALTER TABLE payments RENAME TO payments_before;
CREATE TABLE payments (
    number         TEXT PRIMARY KEY,
    trade          TEXT NOT NULL,     -- the number that the provider knows
    order_id       TEXT NOT NULL,
    customer       TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('payment', 'extension')),
    provider       TEXT NOT NULL,
    fen            INTEGER NOT NULL CHECK (fen >= 0),
    state          TEXT NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed', 'refunded')),
    booked         INTEGER NOT NULL DEFAULT 0,
    qr             TEXT,
    created_ms     INTEGER NOT NULL,
    payer          TEXT,              -- whose money it was, in the provider's own opaque words
    expires_ms     INTEGER NOT NULL,
    watch_until_ms INTEGER,           -- called off, and asked after until then
    merchant       TEXT,
    transaction_id TEXT,
    payer_fen      INTEGER,           -- what left the payer's purse, after the provider's coupons
    fee_fen        INTEGER,
    paid_ms        INTEGER,
    answer         TEXT NOT NULL DEFAULT '',
    answer_ms      INTEGER,
    unanswered     INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO payments (number, trade, order_id, customer, kind, provider, fen, state, booked, qr,
    created_ms, expires_ms)
    SELECT number, number, order_id, customer, kind, provider, fen, state, booked, qr, created_ms,
        created_ms + 1800000 FROM payments_before;
DROP TABLE payments_before;
CREATE INDEX payments_order ON payments (order_id);
CREATE INDEX payments_pending ON payments (number) WHERE state = 'pending';
CREATE UNIQUE INDEX payments_one_open ON payments (order_id)
    WHERE state = 'pending' AND kind = 'payment';
CREATE INDEX payments_watched ON payments (watch_until_ms) WHERE watch_until_ms IS NOT NULL;
CREATE INDEX payments_payer ON payments (payer) WHERE payer IS NOT NULL;
CREATE INDEX payments_unbooked ON payments (customer) WHERE booked = 0;
CREATE INDEX payments_trade ON payments (provider, trade);
CREATE INDEX payments_paid ON payments (provider, paid_ms) WHERE paid_ms IS NOT NULL;

DROP INDEX refunds_payment;
DROP INDEX refunds_pending;
ALTER TABLE refunds RENAME TO refunds_before;
CREATE TABLE refunds (
    number      TEXT PRIMARY KEY,
    trade       TEXT NOT NULL,
    payment     TEXT NOT NULL,
    fen         INTEGER NOT NULL CHECK (fen > 0),
    state       TEXT NOT NULL
        CHECK (state IN ('pending', 'processing', 'done', 'abnormal', 'closed')),
    created_ms  INTEGER NOT NULL,
    next_ask_ms INTEGER NOT NULL DEFAULT 0,
    asks        INTEGER NOT NULL DEFAULT 0,
    refund_id   TEXT,                 -- the provider's number
    done_ms     INTEGER,
    answer      TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO refunds (number, trade, payment, fen, state, created_ms)
    SELECT number, number, payment, fen, state, 0 FROM refunds_before;
DROP TABLE refunds_before;
CREATE INDEX refunds_payment ON refunds (payment);
CREATE INDEX refunds_open ON refunds (next_ask_ms) WHERE state NOT IN ('done', 'closed');

-- A refund that one member of the host's staff asked for, until another agrees.
CREATE TABLE refund_asked (
    payment TEXT PRIMARY KEY,
    fen     INTEGER NOT NULL CHECK (fen > 0),
    who     TEXT NOT NULL,
    why     TEXT NOT NULL,
    utc_ms  INTEGER NOT NULL
) STRICT;

-- What a provider's bill and this relay's rows do not agree on; told, never mended.
CREATE TABLE bill_differences (
    provider TEXT NOT NULL,
    day      TEXT NOT NULL,
    trade    TEXT NOT NULL,
    what     TEXT NOT NULL,
    ours_fen INTEGER,
    bill_fen INTEGER,
    utc_ms   INTEGER NOT NULL,
    PRIMARY KEY (provider, day, trade, what)
) STRICT, WITHOUT ROWID;

-- Notices that were heard, so that one sent twice makes no second look.
CREATE TABLE notices_heard (
    provider TEXT NOT NULL,
    id       TEXT NOT NULL,
    utc_ms   INTEGER NOT NULL,
    PRIMARY KEY (provider, id)
) STRICT, WITHOUT ROWID;

-- The days whose bills were fetched.
CREATE TABLE bills (
    provider TEXT NOT NULL,
    day      TEXT NOT NULL,
    rows     INTEGER NOT NULL,
    utc_ms   INTEGER NOT NULL,
    PRIMARY KEY (provider, day)
) STRICT, WITHOUT ROWID;
