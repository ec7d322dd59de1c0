-- The two ends of the log of events, in one row. A transaction that assigns positions or prunes
-- locks the row first.
CREATE TABLE IF NOT EXISTS elsewhere_event_log (
    id BIGINT NOT NULL PRIMARY KEY,
    -- The position of the last event.
    head BIGINT NOT NULL,
    -- The position of the last event that was pruned.
    pruned BIGINT NOT NULL
);
