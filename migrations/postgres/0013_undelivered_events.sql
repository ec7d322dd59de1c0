-- Events that a webhook's receiver has not accepted, and those that follow them.
CREATE TABLE IF NOT EXISTS elsewhere_undelivered_events (
    nid UUID NOT NULL,
    webhook VARCHAR(40) NOT NULL,
    position BIGINT NOT NULL,
    -- Failed tries.
    tries BIGINT NOT NULL,
    next_try TIMESTAMP NOT NULL,
    -- No longer sent, unless an operator asks for it.
    is_given_up BOOLEAN NOT NULL,
    problem VARCHAR(200) NOT NULL,
    PRIMARY KEY (nid, webhook, position)
);
