-- Identities: the people or accounts that sessions belong to.
CREATE TABLE IF NOT EXISTS identities (
    id TEXT NOT NULL PRIMARY KEY,
    nid TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
    external_id TEXT CHECK (external_id <> ''),
    schema_id TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'inactive')),
    state_changed_at DATETIME,
    traits TEXT NOT NULL CHECK (json_valid(traits)),
    metadata_public TEXT CHECK (metadata_public IS NULL OR json_valid(metadata_public)),
    metadata_admin TEXT CHECK (metadata_admin IS NULL OR json_valid(metadata_admin)),
    -- The highest assurance level that the identity has the factors for.
    available_aal TEXT,
    organization_id TEXT,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL
) WITHOUT ROWID;

CREATE UNIQUE INDEX IF NOT EXISTS identities_external_id ON identities (external_id, nid)
WHERE external_id IS NOT NULL;
