-- The state of each webhook of a network, under the name that it has in the settings.
CREATE TABLE IF NOT EXISTS elsewhere_webhooks (
    nid TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Each event up to here was delivered, given up, or is in elsewhere_undelivered_events.
    position INTEGER NOT NULL,
    -- The replica that delivers. It increases the beat again and again. If the beat stays the
    -- same, another replica takes over.
    holder TEXT,
    beat INTEGER NOT NULL,
    -- The receiver has answered that it wants no more events.
    is_off NUMERIC NOT NULL,
    PRIMARY KEY (nid, name)
) WITHOUT ROWID;
