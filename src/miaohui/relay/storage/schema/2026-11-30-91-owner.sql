-- What a shop's owner asks by the day: orders that ended, and what was earned.
CREATE INDEX orders_shop_closed ON orders (shop, closed_ms) WHERE closed_ms IS NOT NULL;
CREATE INDEX movements_earning ON movements (to_book, utc_ms) WHERE what = 'earning';

-- Days with other hours than the usual ones; `hours` empty: closed.
CREATE TABLE shop_days (
    shop  TEXT NOT NULL,
    day   TEXT NOT NULL,
    hours TEXT NOT NULL,
    PRIMARY KEY (shop, day)
) STRICT, WITHOUT ROWID;
-- How a customer asks for an invoice; it is the shop's.
ALTER TABLE shops ADD COLUMN invoice TEXT NOT NULL DEFAULT '';
-- So many of an offer are sold a day; null: as many as are bought.
ALTER TABLE offers ADD COLUMN most_a_day INTEGER;
CREATE INDEX orders_offer ON orders (offer, created_ms);
