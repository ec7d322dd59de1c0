-- Identities: the people or accounts that sessions belong to.
CREATE TABLE IF NOT EXISTS identities (
    id UUID NOT NULL PRIMARY KEY,
    nid UUID NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
    external_id VARCHAR(64) CHECK (external_id <> ''),
    schema_id VARCHAR(2048) NOT NULL,
    state VARCHAR(255) NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'inactive')),
    state_changed_at TIMESTAMP,
    traits JSONB NOT NULL,
    metadata_public JSONB,
    metadata_admin JSONB,
    -- The highest assurance level that the identity has the factors for.
    available_aal VARCHAR(4),
    organization_id UUID,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS identities_external_id ON identities (external_id, nid);
