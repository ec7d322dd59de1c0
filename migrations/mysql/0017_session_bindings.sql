ALTER TABLE sessions
    -- When the session was bound to the key of a device, and the public key, as a JSON Web Key.
    ADD COLUMN bound_at DATETIME(6),
    ADD COLUMN bound_key VARCHAR(1024) CHARACTER SET ascii COLLATE ascii_bin;
