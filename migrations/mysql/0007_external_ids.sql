-- External ids come from other systems and are compared exactly, in letter case too.
ALTER TABLE identities
    MODIFY external_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        CHECK (external_id <> '');
