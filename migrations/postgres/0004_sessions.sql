CREATE TABLE IF NOT EXISTS sessions (
    id UUID NOT NULL PRIMARY KEY,
    nid UUID NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
    identity_id UUID NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    -- The SHA-256 of the token, unless session.token_storage is "plain".
    token VARCHAR(128) NOT NULL UNIQUE,
    -- Cleared when the session is revoked, or soon after it has expired.
    active BOOLEAN NOT NULL DEFAULT TRUE,
    aal VARCHAR(4) NOT NULL,
    authentication_methods JSONB NOT NULL,
    issued_at TIMESTAMP NOT NULL,
    authenticated_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

-- The live sessions of one identity, in list order. As active precedes the
-- times, a list begins at the live ones, however many have ended.
CREATE INDEX IF NOT EXISTS sessions_of_identity
    ON sessions (identity_id, nid, active, created_at DESC, id);

-- The sessions that expire next, for the task that clears active.
CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions (active, expires_at);
