-- Identities: the people or accounts that sessions belong to.
CREATE TABLE IF NOT EXISTS identities (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    nid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    external_id VARCHAR(64) CHECK (external_id <> ''),
    schema_id VARCHAR(2048) NOT NULL,
    state VARCHAR(255) NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'inactive')),
    state_changed_at DATETIME(6),
    traits JSON NOT NULL,
    metadata_public JSON,
    metadata_admin JSON,
    -- The highest assurance level that the identity has the factors for.
    available_aal VARCHAR(4),
    organization_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    UNIQUE KEY identities_external_id (external_id, nid),
    FOREIGN KEY (nid) REFERENCES networks (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
