-- The sessions of one identity are stored side by side, the live ones first, in
-- list order: a page is a range of one B-tree, however many have ended. The
-- primary key ends in the id, so it is unique.
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT NOT NULL UNIQUE,
    nid TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
    identity_id TEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    -- The SHA-256 of the token, unless session.token_storage is "plain".
    token TEXT NOT NULL UNIQUE,
    -- Cleared when the session is revoked, or soon after it has expired.
    active NUMERIC NOT NULL DEFAULT TRUE,
    aal TEXT NOT NULL,
    authentication_methods TEXT NOT NULL CHECK (json_valid(authentication_methods)),
    issued_at DATETIME NOT NULL,
    authenticated_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    PRIMARY KEY (identity_id, active DESC, created_at DESC, id)
) WITHOUT ROWID;

-- The sessions that expire next, for the task that clears active.
CREATE INDEX IF NOT EXISTS sessions_live_by_expiry ON sessions (expires_at) WHERE active = TRUE;
