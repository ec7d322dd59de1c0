-- The changes of sessions and identities, each written in the transaction of the change. The
-- table is also created beside Kratos. It does not refer to Kratos's tables, so that it never
-- blocks them, and so that events outlive what they are about.
CREATE TABLE IF NOT EXISTS elsewhere_events (
    id INTEGER NOT NULL PRIMARY KEY,
    -- The place of the event in the log. Null until the event is visible to all readers.
    position INTEGER,
    nid TEXT NOT NULL,
    type TEXT NOT NULL,
    occurred_at DATETIME NOT NULL,
    identity_id TEXT NOT NULL,
    session_id TEXT,
    cause TEXT,
    actor TEXT NOT NULL,
    actor_session_id TEXT,
    actor_address TEXT,
    expires_at DATETIME
);

-- The log in order. The rows without a position, in the order of their ids.
CREATE INDEX IF NOT EXISTS elsewhere_events_in_order ON elsewhere_events (position, id);

CREATE INDEX IF NOT EXISTS elsewhere_events_of_identity ON elsewhere_events (identity_id, position);
