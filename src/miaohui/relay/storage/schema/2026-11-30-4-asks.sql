-- The messages of each turn on their own, so that one customer's count for no more than their turns.
ALTER TABLE waits ADD COLUMN asks_kept INTEGER NOT NULL DEFAULT 0;
ALTER TABLE waits ADD COLUMN asks_breached INTEGER NOT NULL DEFAULT 0;
DROP INDEX waits_shop;
CREATE INDEX waits_shop ON waits (shop, start_ms, hour, wait_ms, state, covered, customer,
    responder, asks_kept, asks_breached) WHERE piece = 0 AND counts = 1;
DROP INDEX waits_responder;
CREATE INDEX waits_responder ON waits (responder, start_ms, hour, wait_ms, state, covered, customer,
    shop, asks_kept, asks_breached) WHERE piece = 1 AND counts = 1;
UPDATE figures SET stale = 1;
