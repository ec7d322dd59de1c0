-- The devices of one session are stored side by side.
CREATE TABLE IF NOT EXISTS session_devices (
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

-- The devices that are deleted with an identity.
CREATE INDEX IF NOT EXISTS session_devices_of_identity ON session_devices (identity_id);
