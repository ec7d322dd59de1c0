-- The time of each session's last use, in whole seconds. The table is also created
-- beside Kratos. It does not refer to Kratos's tables, so that it never blocks them.
-- Rows of deleted sessions are deleted once a day.
CREATE TABLE IF NOT EXISTS elsewhere_activity (
    session_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    last_active_at DATETIME NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
