CREATE TABLE IF NOT EXISTS session_devices (
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

CREATE INDEX IF NOT EXISTS session_devices_of_session ON session_devices (session_id);
-- The devices that are deleted with an identity.
CREATE INDEX IF NOT EXISTS session_devices_of_identity ON session_devices (identity_id);
