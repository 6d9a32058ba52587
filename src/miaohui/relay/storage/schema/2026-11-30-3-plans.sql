-- Plans of testers: the hash that was countersigned, by whom and when, and the secret under which
-- orders are bought. `earlier`: registrations of the same hash before this one.
CREATE TABLE plan_registration (
  registration TEXT PRIMARY KEY,
  secret       TEXT NOT NULL UNIQUE,
  plan         TEXT NOT NULL,
  account      TEXT NOT NULL,
  utc_ms       INTEGER NOT NULL,
  earlier      INTEGER NOT NULL,
  final_ms     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX plan_registration_plan ON plan_registration (plan);

ALTER TABLE orders ADD COLUMN registration TEXT REFERENCES plan_registration;
CREATE INDEX orders_registration ON orders (registration) WHERE registration IS NOT NULL;
