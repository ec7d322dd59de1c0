-- Events that a webhook's receiver has not accepted, and those that follow them.
CREATE TABLE IF NOT EXISTS elsewhere_undelivered_events (
    nid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    webhook VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    position BIGINT NOT NULL,
    -- Failed tries.
    tries BIGINT NOT NULL,
    next_try DATETIME(6) NOT NULL,
    -- No longer sent, unless an operator asks for it.
    is_given_up BOOLEAN NOT NULL,
    problem VARCHAR(200) NOT NULL,
    PRIMARY KEY (nid, webhook, position)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
