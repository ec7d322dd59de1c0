-- The tables of credentials, which the recording lacks: as in Kratos of August 2025.
CREATE TABLE identity_credential_types (
    id uuid NOT NULL PRIMARY KEY,
    name character varying(32) NOT NULL
);
CREATE TABLE identity_credentials (
    id uuid NOT NULL PRIMARY KEY,
    config jsonb NOT NULL,
    identity_credential_type_id uuid NOT NULL
        REFERENCES identity_credential_types (id) ON DELETE CASCADE,
    identity_id uuid NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    created_at timestamp without time zone NOT NULL,
    updated_at timestamp without time zone NOT NULL,
    nid uuid REFERENCES networks (id) ON UPDATE RESTRICT ON DELETE CASCADE,
    version integer DEFAULT 0 NOT NULL
);
CREATE UNIQUE INDEX identity_credential_types_name_idx ON identity_credential_types (name);
CREATE INDEX identity_credentials_identity_id_idx ON identity_credentials (identity_id);
CREATE INDEX identity_credentials_nid_idx ON identity_credentials (nid);
INSERT INTO identity_credential_types (id, name) VALUES
    ('78c1b41d-8341-4507-aa60-aff1d4369670', 'password'),
    ('6fa5e2e0-bfce-4631-b62b-cf2b0252b289', 'oidc'),
    ('5e29b036-aa47-457f-9fe6-aa8b854a752b', 'totp'),
    ('567a0730-7f48-4dd7-a13d-df87a51c245f', 'lookup_secret'),
    ('6b213fa0-e6ad-46cb-8878-b088d2ce2e3c', 'webauthn'),
    ('14f3b7e2-8725-4068-be39-8a796485fd97', 'code');
