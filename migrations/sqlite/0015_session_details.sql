-- The name that its person gave to the session.
ALTER TABLE sessions ADD COLUMN name TEXT;
ALTER TABLE sessions ADD COLUMN metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata));
-- The end of a session that ends earlier, at expires_at, unless it is used.
ALTER TABLE sessions ADD COLUMN absolute_expires_at DATETIME;
