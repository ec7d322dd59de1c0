ALTER TABLE sessions
    -- The name that its person gave to the session.
    ADD COLUMN IF NOT EXISTS name VARCHAR(60),
    ADD COLUMN IF NOT EXISTS metadata JSONB,
    -- The end of a session that ends earlier, at expires_at, unless it is used.
    ADD COLUMN IF NOT EXISTS absolute_expires_at TIMESTAMP;
