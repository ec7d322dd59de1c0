-- The tables of Ory Kratos that sessions need, with its names and its types,
-- so that one SQL text serves both. Times are UTC.

-- Tenants. A database has one, unless someone adds more.
CREATE TABLE networks (
    id UUID NOT NULL PRIMARY KEY,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

INSERT INTO networks (id, created_at, updated_at)
VALUES (gen_random_uuid(), now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC');

-- The people, or accounts, that sessions belong to.
CREATE TABLE identities (
    id UUID NOT NULL PRIMARY KEY,
    nid UUID NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
    external_id VARCHAR(64) CHECK (external_id <> ''),
    schema_id VARCHAR(2048) NOT NULL,
    state VARCHAR(255) NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'inactive')),
    state_changed_at TIMESTAMP,
    traits JSONB NOT NULL,
    metadata_public JSONB,
    metadata_admin JSONB,
    -- The highest assurance level that this person has the factors for.
    available_aal VARCHAR(4),
    organization_id UUID,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE UNIQUE INDEX identities_external_id ON identities (external_id, nid);

CREATE TABLE sessions (
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

-- The list of one person's live sessions, in its order. With active before the
-- times, it begins at the live ones, whatever has ended.
CREATE INDEX sessions_of_identity ON sessions (identity_id, nid, active, created_at DESC, id);

-- What expires next, for the sweep that clears active.
CREATE INDEX sessions_by_expiry ON sessions (active, expires_at);

CREATE TABLE session_devices (
    id UUID NOT NULL PRIMARY KEY,
    nid UUID NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
    identity_id UUID NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    session_id UUID NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    ip_address VARCHAR(50),
    user_agent VARCHAR(512),
    location VARCHAR(512),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE INDEX session_devices_of_session ON session_devices (session_id);
-- What a deleted identity takes along.
CREATE INDEX session_devices_of_identity ON session_devices (identity_id);
