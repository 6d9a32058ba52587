-- People, their devices, what they may do, and what a host did to them.
CREATE TABLE accounts (
    account    TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    name_key   TEXT NOT NULL UNIQUE,
    display    TEXT NOT NULL,
    role       TEXT NOT NULL CHECK (role IN ('customer', 'responder', 'owner', 'host')),
    shop       TEXT,
    password   TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    banned_ms  INTEGER
) STRICT;
CREATE INDEX accounts_shop ON accounts (shop) WHERE shop IS NOT NULL;

CREATE TABLE tokens (
    token_id    TEXT PRIMARY KEY,
    hash        BLOB NOT NULL UNIQUE,
    account     TEXT NOT NULL,
    device      TEXT NOT NULL,
    device_name TEXT NOT NULL,
    created_ms  INTEGER NOT NULL,
    seen_ms     INTEGER NOT NULL,
    revoked_ms  INTEGER
) STRICT;
CREATE INDEX tokens_account ON tokens (account, revoked_ms);

CREATE TABLE invites (
    hash       BLOB PRIMARY KEY,
    role       TEXT NOT NULL CHECK (role IN ('responder', 'owner')),
    shop       TEXT NOT NULL,
    made_by    TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    used_by    TEXT,
    used_ms    INTEGER
) STRICT;

CREATE TABLE own_limits (
    account        TEXT PRIMARY KEY,
    month_fen      INTEGER,
    quiet_from     INTEGER,
    quiet_to       INTEGER,
    utc_offset_min INTEGER NOT NULL
) STRICT;

-- How a command typed beside a running relay reaches it: the relay reads what is newer.
CREATE TABLE control (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    utc_ms  INTEGER NOT NULL,
    what    TEXT NOT NULL CHECK (what IN ('ban', 'unban', 'people')),
    subject TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    utc_ms  INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
