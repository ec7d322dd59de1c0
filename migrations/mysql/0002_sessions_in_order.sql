-- All sessions in the order of the operators' list; from its other end, the
-- oldest, those that ended long ago are looked for.
CREATE INDEX sessions_in_order ON sessions (nid, created_at DESC, id);

-- Names of other systems are compared as they are, in letter case too.
ALTER TABLE identities
    MODIFY external_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        CHECK (external_id <> '');
