ALTER TABLE sessions
    -- When the session was bound to the key of a device, and the public key, as a JSON Web Key.
    ADD COLUMN IF NOT EXISTS bound_at TIMESTAMP,
    ADD COLUMN IF NOT EXISTS bound_key VARCHAR(1024);
