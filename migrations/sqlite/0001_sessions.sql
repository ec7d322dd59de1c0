-- The tables of Ory Kratos that sessions need, with its names and its types,
-- so that one SQL text serves both. Ids are hyphenated lower-case text; times
-- are text such as 2026-11-23 09:35:05.174494+00:00, always UTC, zeros at the
-- end of the fraction cut, which sorts as the times do.

-- Tenants. A database has one, unless someone adds more.
CREATE TABLE networks (
    id TEXT NOT NULL PRIMARY KEY,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL
) WITHOUT ROWID;

-- The one network, under a random UUID (version 4).
INSERT INTO networks (id, created_at, updated_at)
SELECT lower(
           substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-4' || substr(h, 14, 3) || '-a'
           || substr(h, 18, 3) || '-' || substr(h, 21, 12)
       ),
       strftime('%Y-%m-%d %H:%M:%S+00:00', 'now'),
       strftime('%Y-%m-%d %H:%M:%S+00:00', 'now')
FROM (SELECT hex(randomblob(16)) AS h);

-- The people, or accounts, that sessions belong to.
CREATE TABLE identities (
    id TEXT NOT NULL PRIMARY KEY,
    nid TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
    external_id TEXT CHECK (external_id <> ''),
    schema_id TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'inactive')),
    state_changed_at DATETIME,
    traits TEXT NOT NULL CHECK (json_valid(traits)),
    metadata_public TEXT CHECK (metadata_public IS NULL OR json_valid(metadata_public)),
    metadata_admin TEXT CHECK (metadata_admin IS NULL OR json_valid(metadata_admin)),
    -- The highest assurance level that this person has the factors for.
    available_aal TEXT,
    organization_id TEXT,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL
) WITHOUT ROWID;

CREATE UNIQUE INDEX identities_external_id ON identities (external_id, nid)
WHERE external_id IS NOT NULL;

-- One person's sessions lie side by side, the live ones first, in the order of
-- the list: a page is a range of one B-tree, whatever has ended. The position
-- in that order ends in the id, so it is unique.
CREATE TABLE sessions (
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

-- What expires next, for the sweep that clears active.
CREATE INDEX sessions_live_by_expiry ON sessions (expires_at) WHERE active = TRUE;

-- A session's devices lie side by side.
CREATE TABLE session_devices (
    id TEXT NOT NULL,
    nid TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
    identity_id TEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    ip_address TEXT,
    user_agent TEXT,
    location TEXT,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    PRIMARY KEY (session_id, id)
) WITHOUT ROWID;

-- What a deleted identity takes along.
CREATE INDEX session_devices_of_identity ON session_devices (identity_id);
