-- Events that a webhook's receiver has not accepted, and those that follow them.
CREATE TABLE IF NOT EXISTS elsewhere_undelivered_events (
    nid TEXT NOT NULL,
    webhook TEXT NOT NULL,
    position INTEGER NOT NULL,
    -- Failed tries.
    tries INTEGER NOT NULL,
    next_try DATETIME NOT NULL,
    -- No longer sent, unless an operator asks for it.
    is_given_up NUMERIC NOT NULL,
    problem TEXT NOT NULL,
    PRIMARY KEY (nid, webhook, position)
) WITHOUT ROWID;
