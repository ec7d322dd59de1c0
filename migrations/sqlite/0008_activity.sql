-- When each session was last used. Also made beside a Kratos, whose tables are
-- not referred to: nothing of its own is to be held up by this one. What was
-- noted of sessions that were deleted since is deleted once a day.
CREATE TABLE IF NOT EXISTS elsewhere_activity (
    session_id TEXT NOT NULL PRIMARY KEY,
    last_active_at DATETIME NOT NULL
) WITHOUT ROWID;
