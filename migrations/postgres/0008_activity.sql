-- The time of each session's last use. The table is also created beside Kratos.
-- It does not refer to Kratos's tables, so that it never blocks them. Rows of
-- deleted sessions are deleted once a day.
CREATE TABLE IF NOT EXISTS elsewhere_activity (
    session_id UUID NOT NULL PRIMARY KEY,
    last_active_at TIMESTAMP NOT NULL
);
