-- The tables of credentials, which the recording lacks: as in Kratos of August 2025.
CREATE TABLE identity_credential_types (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL
);
CREATE TABLE identity_credentials (
    id TEXT PRIMARY KEY,
    config TEXT NOT NULL,
    identity_credential_type_id char(36) NOT NULL,
    identity_id char(36) NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    nid char(36),
    version INT NOT NULL DEFAULT '0',
    FOREIGN KEY (identity_credential_type_id) REFERENCES identity_credential_types (id)
        ON UPDATE NO ACTION ON DELETE CASCADE,
    FOREIGN KEY (identity_id) REFERENCES identities (id) ON UPDATE NO ACTION ON DELETE CASCADE
);
CREATE UNIQUE INDEX identity_credential_types_name_idx ON identity_credential_types (name);
CREATE INDEX identity_credentials_identity_id_idx ON identity_credentials (identity_id ASC);
CREATE INDEX identity_credentials_nid_idx ON identity_credentials (nid ASC);
INSERT INTO identity_credential_types (id, name) VALUES
    ('78c1b41d-8341-4507-aa60-aff1d4369670', 'password'),
    ('6fa5e2e0-bfce-4631-b62b-cf2b0252b289', 'oidc'),
    ('5e29b036-aa47-457f-9fe6-aa8b854a752b', 'totp'),
    ('567a0730-7f48-4dd7-a13d-df87a51c245f', 'lookup_secret'),
    ('6b213fa0-e6ad-46cb-8878-b088d2ce2e3c', 'webauthn'),
    ('14f3b7e2-8725-4068-be39-8a796485fd97', 'code');
