-- A shop's zone by its name, where its owner gave one: `utc_offset_min` follows it through the year.
ALTER TABLE shops ADD COLUMN zone TEXT;
