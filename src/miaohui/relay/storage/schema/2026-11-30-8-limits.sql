-- More of a customer's own limits. `zone`: by name; `wanted`: what was asked for and is looser than
-- what holds (JSON), from `wanted_ms` on; `stopped_ms`: until then nothing is sold to them.
ALTER TABLE own_limits ADD COLUMN purchase_fen INTEGER;
ALTER TABLE own_limits ADD COLUMN day_fen INTEGER;
ALTER TABLE own_limits ADD COLUMN day_minutes INTEGER;
ALTER TABLE own_limits ADD COLUMN zone TEXT;
ALTER TABLE own_limits ADD COLUMN wanted TEXT;
ALTER TABLE own_limits ADD COLUMN wanted_ms INTEGER;
ALTER TABLE own_limits ADD COLUMN stopped_ms INTEGER;

-- Whether the holder is of age: as they said, or, for a minor, as the host was shown.
ALTER TABLE accounts ADD COLUMN age TEXT CHECK (age IN ('adult', 'minor'));
ALTER TABLE accounts ADD COLUMN age_ms INTEGER;
