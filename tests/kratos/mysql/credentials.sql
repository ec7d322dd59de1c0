-- The tables of credentials, which the recording lacks: as in Kratos of August 2025.
CREATE TABLE identity_credential_types (
    id char(36) NOT NULL PRIMARY KEY,
    name varchar(32) NOT NULL,
    UNIQUE KEY identity_credential_types_name_idx (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE identity_credentials (
    id char(36) NOT NULL PRIMARY KEY,
    config longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL CHECK (json_valid(config)),
    identity_credential_type_id char(36) NOT NULL,
    identity_id char(36) NOT NULL,
    created_at datetime NOT NULL,
    updated_at datetime NOT NULL,
    nid char(36) DEFAULT NULL,
    version int(11) NOT NULL DEFAULT 0,
    KEY identity_id (identity_id),
    KEY identity_credential_type_id (identity_credential_type_id),
    KEY identity_credentials_nid_idx (nid),
    FOREIGN KEY (identity_id) REFERENCES identities (id) ON DELETE CASCADE,
    FOREIGN KEY (identity_credential_type_id) REFERENCES identity_credential_types (id)
        ON DELETE CASCADE,
    FOREIGN KEY (nid) REFERENCES networks (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO identity_credential_types (id, name) VALUES
    ('78c1b41d-8341-4507-aa60-aff1d4369670', 'password'),
    ('6fa5e2e0-bfce-4631-b62b-cf2b0252b289', 'oidc'),
    ('5e29b036-aa47-457f-9fe6-aa8b854a752b', 'totp'),
    ('567a0730-7f48-4dd7-a13d-df87a51c245f', 'lookup_secret'),
    ('6b213fa0-e6ad-46cb-8878-b088d2ce2e3c', 'webauthn'),
    ('14f3b7e2-8725-4068-be39-8a796485fd97', 'code');
