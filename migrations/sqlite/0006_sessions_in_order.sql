-- All sessions in the order of the operators' list; from its other end, the
-- oldest, those that ended long ago are looked for. Without the network, of
-- which there is one: SQLite would take an index that begins with it for the
-- best way to anything in it.
CREATE INDEX IF NOT EXISTS sessions_in_order ON sessions (created_at DESC, id);
