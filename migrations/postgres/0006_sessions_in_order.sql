-- All sessions in the order of the operators' list; from its other end, the
-- oldest, those that ended long ago are looked for.
CREATE INDEX IF NOT EXISTS sessions_in_order ON sessions (nid, created_at DESC, id);
