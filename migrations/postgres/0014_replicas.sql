-- The replicas that answer from memory. The answer to a change waits until each of them has noticed
-- the change, or until its lease has ended.
CREATE TABLE IF NOT EXISTS elsewhere_replicas (
    id UUID NOT NULL PRIMARY KEY,
    nid UUID NOT NULL,
    -- The replica increases it again and again. If it stays the same, another replica deletes the
    -- row.
    beat BIGINT NOT NULL,
    -- The position in the log of events up to which the replica has noticed changes.
    acknowledged BIGINT NOT NULL,
    -- The milliseconds for which the replica answers from memory after it began to look for changes.
    lease BIGINT NOT NULL
);
