-- All sessions in the order of the admin API's list. Pruning reads them from the
-- other end, the oldest ones first.
CREATE INDEX sessions_in_order ON sessions (nid, created_at DESC, id);
