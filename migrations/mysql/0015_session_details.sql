ALTER TABLE sessions
    -- The name that its person gave to the session.
    ADD COLUMN name VARCHAR(60),
    ADD COLUMN metadata JSON,
    -- The end of a session that ends earlier, at expires_at, unless it is used.
    ADD COLUMN absolute_expires_at DATETIME(6);
