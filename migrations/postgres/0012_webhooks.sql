-- The state of each webhook of a network, under the name that it has in the settings.
CREATE TABLE IF NOT EXISTS elsewhere_webhooks (
    nid UUID NOT NULL,
    name VARCHAR(40) NOT NULL,
    -- Each event up to here was delivered, given up, or is in elsewhere_undelivered_events.
    position BIGINT NOT NULL,
    -- The replica that delivers. It increases the beat again and again. If the beat stays the
    -- same, another replica takes over.
    holder UUID,
    beat BIGINT NOT NULL,
    -- The receiver has answered that it wants no more events.
    is_off BOOLEAN NOT NULL,
    PRIMARY KEY (nid, name)
);
