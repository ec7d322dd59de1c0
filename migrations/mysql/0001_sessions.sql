-- The tables of Ory Kratos that sessions need, with its names and shapes, so
-- that one SQL text serves both. Times are UTC, with microseconds, which
-- Kratos's tables lack here. Ids and tokens are compared byte by byte.

-- Tenants. A database has one, unless someone adds more.
CREATE TABLE networks (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

INSERT INTO networks (id, created_at, updated_at)
VALUES (UUID(), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6));

-- The people, or accounts, that sessions belong to.
CREATE TABLE identities (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    nid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    external_id VARCHAR(64) CHECK (external_id <> ''),
    schema_id VARCHAR(2048) NOT NULL,
    state VARCHAR(255) NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'inactive')),
    state_changed_at DATETIME(6),
    traits JSON NOT NULL,
    metadata_public JSON,
    metadata_admin JSON,
    -- The highest assurance level that this person has the factors for.
    available_aal VARCHAR(4),
    organization_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    UNIQUE KEY identities_external_id (external_id, nid),
    FOREIGN KEY (nid) REFERENCES networks (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE sessions (
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
    -- The list of one person's live sessions, in its order. With active before
    -- the times, it begins at the live ones, whatever has ended.
    KEY sessions_of_identity (identity_id, nid, active, created_at DESC, id),
    -- What expires next, for the sweep that clears active.
    KEY sessions_by_expiry (active, expires_at),
    FOREIGN KEY (nid) REFERENCES networks (id) ON DELETE CASCADE,
    FOREIGN KEY (identity_id) REFERENCES identities (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE session_devices (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    nid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    identity_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    session_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    ip_address VARCHAR(50),
    user_agent VARCHAR(512),
    location VARCHAR(512),
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    FOREIGN KEY (nid) REFERENCES networks (id) ON DELETE CASCADE,
    FOREIGN KEY (identity_id) REFERENCES identities (id) ON DELETE CASCADE,
    FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
