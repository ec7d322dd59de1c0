CREATE TABLE IF NOT EXISTS sessions (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    nid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    identity_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- The SHA-256 of the token, unless session.token_storage is "plain".
    token VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
    -- Cleared when the session is revoked, or soon after it has expired.
    active BOOLEAN NOT NULL DEFAULT TRUE,
    aal VARCHAR(4) NOT NULL,
    authentication_methods JSON NOT NULL,
    issued_at DATETIME(6) NOT NULL,
    authenticated_at DATETIME(6) NOT NULL,
    expires_at DATETIME(6) NOT NULL,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    -- The live sessions of one identity, in list order. As active precedes the
    -- times, a list begins at the live ones, however many have ended.
    KEY sessions_of_identity (identity_id, nid, active, created_at DESC, id),
    -- The sessions that expire next, for the task that clears active.
    KEY sessions_by_expiry (active, expires_at),
    FOREIGN KEY (nid) REFERENCES networks (id) ON DELETE CASCADE,
    FOREIGN KEY (identity_id) REFERENCES identities (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
