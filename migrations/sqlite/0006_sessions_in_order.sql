-- All sessions in the order of the admin API's list. Pruning reads them from the
-- other end, the oldest ones first. The network is left out, because there is
-- only one: SQLite would take an index that begins with it for the best way to
-- any session of that network.
CREATE INDEX IF NOT EXISTS sessions_in_order ON sessions (created_at DESC, id);
