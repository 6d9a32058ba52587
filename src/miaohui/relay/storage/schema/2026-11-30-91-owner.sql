-- What a shop's owner asks by the day: orders that ended, and what was earned.
CREATE INDEX orders_shop_closed ON orders (shop, closed_ms) WHERE closed_ms IS NOT NULL;
CREATE INDEX movements_earning ON movements (to_book, utc_ms) WHERE what = 'earning';
