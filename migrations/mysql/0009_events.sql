-- The changes of sessions and identities, each written in the transaction of the change. The
-- table is also created beside Kratos. It does not refer to Kratos's tables, so that it never
-- blocks them, and so that events outlive what they are about.
CREATE TABLE IF NOT EXISTS elsewhere_events (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    -- The place of the event in the log. Null until the event is visible to all readers.
    position BIGINT,
    nid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    occurred_at DATETIME(6) NOT NULL,
    identity_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    session_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    cause VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin,
    actor VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    actor_session_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    actor_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin,
    expires_at DATETIME(6),
    -- The log in order. The rows without a position, in the order of their ids.
    KEY elsewhere_events_in_order (position, id),
    KEY elsewhere_events_of_identity (identity_id, position)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
