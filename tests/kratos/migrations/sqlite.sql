-- The difference between the schemas of older versions and the newest one, in the tables that the
-- service reads, as Kratos's migrations make it: step by step, separated by empty lines. A version
-- begins at its own heading.

-- From 20230630
ALTER TABLE identities ADD COLUMN available_aal VARCHAR(4) NULL;

ALTER TABLE identities ADD COLUMN organization_id UUID NULL;

CREATE INDEX identities_nid_organization_id_idx ON identities (organization_id);

CREATE INDEX sessions_list_idx ON sessions (nid ASC, created_at DESC, id ASC);

CREATE INDEX sessions_list_active_idx ON sessions (nid ASC, expires_at ASC, active ASC, created_at DESC, id ASC);

CREATE INDEX sessions_list_identity_idx ON sessions (identity_id ASC, nid ASC, created_at DESC);

DROP INDEX sessions_nid_id_identity_id_idx;

DROP INDEX sessions_id_nid_idx;

DROP INDEX sessions_token_nid_idx;

DROP INDEX sessions_identity_id_nid_sorted_idx;

DROP INDEX identities_id_nid_idx;

CREATE INDEX session_devices_nid_idx ON session_devices (nid ASC);
CREATE INDEX session_devices_session_id_idx ON session_devices (session_id ASC);

DROP INDEX session_devices_id_nid_idx;
DROP INDEX session_devices_session_id_nid_idx;

-- From 20241231
ALTER TABLE identities ADD COLUMN external_id VARCHAR(64) NULL CHECK (external_id IS NULL OR external_id != '');

CREATE UNIQUE INDEX identities_nid_external_id_idx ON identities (nid, external_id) WHERE external_id IS NOT NULL;

-- From 20250831
ALTER TABLE identity_recovery_addresses ADD COLUMN break_glass_for_organization UUID;

ALTER TABLE session_devices ADD COLUMN identity_id UUID;

UPDATE session_devices SET identity_id = (SELECT s.identity_id FROM sessions s WHERE s.id = session_devices.session_id);

BEGIN IMMEDIATE;
CREATE TABLE session_devices_new (
  "id" UUID PRIMARY KEY NOT NULL,
  "identity_id" UUID NOT NULL,
  "ip_address" VARCHAR(50) DEFAULT '',
  "user_agent" VARCHAR(512) DEFAULT '',
  "location" VARCHAR(512) DEFAULT '',
  "nid" UUID NOT NULL,
  "session_id" UUID NOT NULL,
  "created_at" timestamp NOT NULL,
  "updated_at" timestamp NOT NULL,
  CONSTRAINT "session_metadata_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "sessions" ("id") ON DELETE cascade,
  CONSTRAINT "session_metadata_nid_fk" FOREIGN KEY ("nid") REFERENCES "networks" ("id") ON DELETE cascade,
  CONSTRAINT "session_devices_identity_id_fk" FOREIGN KEY ("identity_id") REFERENCES "identities" ("id") ON DELETE cascade,
  CONSTRAINT unique_session_device UNIQUE (nid, session_id, ip_address, user_agent)
);
INSERT INTO session_devices_new
SELECT id, identity_id, ip_address, user_agent, location, nid, session_id, created_at, updated_at FROM session_devices;
DROP TABLE session_devices;
ALTER TABLE session_devices_new RENAME TO session_devices;
CREATE INDEX session_devices_nid_idx ON session_devices (nid ASC);
CREATE INDEX session_devices_session_id_idx ON session_devices (session_id ASC);
COMMIT;
