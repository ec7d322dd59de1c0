-- The difference between the schemas of older versions and the newest one, in the tables that the
-- service reads, as Kratos's migrations make it: step by step, separated by empty lines. A version
-- begins at its own heading.

-- From 20230630
ALTER TABLE identities ADD COLUMN available_aal VARCHAR(4) NULL;

ALTER TABLE identities ADD COLUMN organization_id CHAR(36) NULL;

CREATE INDEX identities_nid_organization_id_idx ON identities (organization_id);

CREATE INDEX sessions_list_idx ON sessions (nid, created_at DESC, id);

CREATE INDEX sessions_list_active_idx ON sessions (nid, expires_at, active, created_at DESC, id);

CREATE INDEX sessions_list_identity_idx ON sessions (identity_id, nid, created_at DESC);

DROP INDEX sessions_nid_id_identity_id_idx ON sessions;

DROP INDEX sessions_id_nid_idx ON sessions;

DROP INDEX sessions_token_nid_idx ON sessions;

DROP INDEX sessions_identity_id_nid_sorted_idx ON sessions;

DROP INDEX identities_id_nid_idx ON identities;

CREATE INDEX identity_recovery_addresses_identity_id_idx ON identity_recovery_addresses (identity_id);
CREATE INDEX identity_verifiable_addresses_identity_id_idx ON identity_verifiable_addresses (identity_id);

CREATE INDEX session_devices_nid_idx ON session_devices (nid);
CREATE INDEX session_devices_session_id_idx ON session_devices (session_id);

DROP INDEX session_devices_id_nid_idx ON session_devices;
DROP INDEX session_devices_session_id_nid_idx ON session_devices;

-- From 20241231
ALTER TABLE identities ADD COLUMN external_id VARCHAR(64) NULL CHECK (external_id IS NULL OR external_id <> '');

CREATE UNIQUE INDEX identities_nid_external_id_idx ON identities (nid, external_id);

-- From 20250831
ALTER TABLE identity_recovery_addresses ADD COLUMN break_glass_for_organization CHAR(36) NULL;

ALTER TABLE session_devices ADD COLUMN identity_id CHAR(36) NULL;

UPDATE session_devices d SET identity_id = (SELECT s.identity_id FROM sessions s WHERE s.id = d.session_id);

ALTER TABLE session_devices MODIFY COLUMN identity_id CHAR(36) NOT NULL;

CREATE INDEX session_devices_identity_id_fk_idx ON session_devices (identity_id);

ALTER TABLE session_devices ADD CONSTRAINT session_devices_identity_id_fk FOREIGN KEY (identity_id) REFERENCES identities (id) ON DELETE CASCADE;
