-- The second recording over SQLite, written for MariaDB: its tables, and times without fractions.
CREATE TABLE `networks` (
  `id` char(36) NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO networks (id, created_at, updated_at) VALUES ('7e58b752-ca37-4826-a407-d181279c6f71', '2026-11-28 19:41:13', '2026-11-28 19:41:13');
CREATE TABLE `identities` (
  `id` char(36) NOT NULL,
  `schema_id` varchar(2048) NOT NULL,
  `traits` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL CHECK (json_valid(`traits`)),
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `nid` char(36) DEFAULT NULL,
  `state` varchar(255) NOT NULL DEFAULT 'active',
  `state_changed_at` datetime DEFAULT NULL,
  `metadata_public` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`metadata_public`)),
  `metadata_admin` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`metadata_admin`)),
  `available_aal` varchar(4) DEFAULT NULL,
  `organization_id` char(36) DEFAULT NULL,
  `external_id` varchar(64) DEFAULT NULL CHECK (`external_id` is null or `external_id` <> ''),
  PRIMARY KEY (`id`),
  UNIQUE KEY `identities_nid_external_id_idx` (`nid`,`external_id`),
  KEY `identities_nid_id_idx` (`nid`,`id`),
  KEY `identities_nid_organization_id_idx` (`organization_id`),
  CONSTRAINT `identities_nid_fk_idx` FOREIGN KEY (`nid`) REFERENCES `networks` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO identities (id, schema_id, traits, created_at, updated_at, nid, state, state_changed_at, metadata_public, metadata_admin, available_aal, organization_id, external_id) VALUES ('38bfc4ea-863c-4fbb-bc59-9f6c8deedb99', 'person', '{"email": "moe@example.org"}', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 'active', '2026-11-28 19:41:13', '{"plan": "pro"}', NULL, 'aal1', NULL, 'crm-moe');
INSERT INTO identities (id, schema_id, traits, created_at, updated_at, nid, state, state_changed_at, metadata_public, metadata_admin, available_aal, organization_id, external_id) VALUES ('207fe1d0-f743-46ff-baa4-6e721f27451b', 'person', '{"email": "nan@example.org"}', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 'active', '2026-11-28 19:41:13', NULL, NULL, 'aal1', NULL, NULL);
INSERT INTO identities (id, schema_id, traits, created_at, updated_at, nid, state, state_changed_at, metadata_public, metadata_admin, available_aal, organization_id, external_id) VALUES ('1f73dfe9-b969-4fa0-8234-bb060e50571e', 'person', '{"email": "ole@example.org"}', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 'active', '2026-11-28 19:41:13', NULL, NULL, NULL, NULL, NULL);
INSERT INTO identities (id, schema_id, traits, created_at, updated_at, nid, state, state_changed_at, metadata_public, metadata_admin, available_aal, organization_id, external_id) VALUES ('b509af3c-d9d4-4e91-a109-ab7cd782da55', 'person', '{"email": "pia@example.org"}', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 'active', '2026-11-28 19:41:13', NULL, NULL, 'aal1', NULL, NULL);
INSERT INTO identities (id, schema_id, traits, created_at, updated_at, nid, state, state_changed_at, metadata_public, metadata_admin, available_aal, organization_id, external_id) VALUES ('00c4c30e-df61-4188-a44f-7baecc531bb8', 'person', '{"email": "qiu@example.org"}', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 'active', '2026-11-28 19:41:13', NULL, NULL, NULL, NULL, NULL);
INSERT INTO identities (id, schema_id, traits, created_at, updated_at, nid, state, state_changed_at, metadata_public, metadata_admin, available_aal, organization_id, external_id) VALUES ('0207106a-a8b9-467f-9d45-f192a3bd059b', 'person', '{"email": "rio@example.org"}', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 'active', '2026-11-28 19:41:13', NULL, NULL, 'aal1', NULL, NULL);
INSERT INTO identities (id, schema_id, traits, created_at, updated_at, nid, state, state_changed_at, metadata_public, metadata_admin, available_aal, organization_id, external_id) VALUES ('ee41ff75-af92-45b5-9f0c-719b41a8d145', 'person', '{"email": "sue@example.org"}', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 'active', '2026-11-28 19:41:13', NULL, NULL, NULL, NULL, NULL);
INSERT INTO identities (id, schema_id, traits, created_at, updated_at, nid, state, state_changed_at, metadata_public, metadata_admin, available_aal, organization_id, external_id) VALUES ('d7bdf8f5-e5e1-4824-b5e7-28d6b4e640c3', 'person', '{"email": "tom@example.org"}', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 'active', '2026-11-28 19:41:13', NULL, NULL, NULL, NULL, NULL);
INSERT INTO identities (id, schema_id, traits, created_at, updated_at, nid, state, state_changed_at, metadata_public, metadata_admin, available_aal, organization_id, external_id) VALUES ('649f3a34-7c06-41f8-a16d-2e6eff75bd06', 'person', '{"email": "uma@example.org"}', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 'active', '2026-11-28 19:41:13', NULL, NULL, NULL, NULL, NULL);
INSERT INTO identities (id, schema_id, traits, created_at, updated_at, nid, state, state_changed_at, metadata_public, metadata_admin, available_aal, organization_id, external_id) VALUES ('d020ac0f-c094-4772-8c5f-c08679f2b766', 'person', '{"email": "vic@example.org"}', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 'active', '2026-11-28 19:41:13', NULL, NULL, 'aal0', NULL, NULL);
CREATE TABLE `identity_verifiable_addresses` (
  `id` char(36) NOT NULL,
  `status` varchar(16) NOT NULL,
  `via` varchar(16) NOT NULL,
  `verified` tinyint(1) NOT NULL,
  `value` varchar(400) NOT NULL,
  `verified_at` datetime DEFAULT NULL,
  `identity_id` char(36) NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `nid` char(36) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `identity_verifiable_addresses_status_via_uq_idx` (`nid`,`via`,`value`),
  KEY `identity_verifiable_addresses_identity_id_idx` (`identity_id`),
  CONSTRAINT `identity_verifiable_addresses_ibfk_1` FOREIGN KEY (`identity_id`) REFERENCES `identities` (`id`) ON DELETE CASCADE,
  CONSTRAINT `identity_verifiable_addresses_nid_fk_idx` FOREIGN KEY (`nid`) REFERENCES `networks` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO identity_verifiable_addresses (id, status, via, verified, value, verified_at, identity_id, created_at, updated_at, nid) VALUES ('c6987c50-cf52-478f-bdf2-142a13d454b1', 'pending', 'email', 0, 'moe@example.org', NULL, '38bfc4ea-863c-4fbb-bc59-9f6c8deedb99', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71');
INSERT INTO identity_verifiable_addresses (id, status, via, verified, value, verified_at, identity_id, created_at, updated_at, nid) VALUES ('74f65196-0f9a-4e86-b925-293b103bdffd', 'pending', 'email', 0, 'nan@example.org', NULL, '207fe1d0-f743-46ff-baa4-6e721f27451b', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71');
INSERT INTO identity_verifiable_addresses (id, status, via, verified, value, verified_at, identity_id, created_at, updated_at, nid) VALUES ('7f78c805-8c0f-4b63-b5aa-626ec433b096', 'pending', 'email', 0, 'ole@example.org', NULL, '1f73dfe9-b969-4fa0-8234-bb060e50571e', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71');
INSERT INTO identity_verifiable_addresses (id, status, via, verified, value, verified_at, identity_id, created_at, updated_at, nid) VALUES ('217b3149-81ed-40b8-bf13-a709c61e6dd3', 'pending', 'email', 0, 'pia@example.org', NULL, 'b509af3c-d9d4-4e91-a109-ab7cd782da55', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71');
INSERT INTO identity_verifiable_addresses (id, status, via, verified, value, verified_at, identity_id, created_at, updated_at, nid) VALUES ('a6ff0c94-0d41-4cf6-8e35-2772075f37c6', 'pending', 'email', 0, 'qiu@example.org', NULL, '00c4c30e-df61-4188-a44f-7baecc531bb8', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71');
INSERT INTO identity_verifiable_addresses (id, status, via, verified, value, verified_at, identity_id, created_at, updated_at, nid) VALUES ('25534c73-b9c4-4537-b278-896fea6f3a7f', 'pending', 'email', 0, 'rio@example.org', NULL, '0207106a-a8b9-467f-9d45-f192a3bd059b', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71');
INSERT INTO identity_verifiable_addresses (id, status, via, verified, value, verified_at, identity_id, created_at, updated_at, nid) VALUES ('e9265bfb-26bd-405e-9260-c8bc0d4db21a', 'pending', 'email', 0, 'sue@example.org', NULL, 'ee41ff75-af92-45b5-9f0c-719b41a8d145', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71');
INSERT INTO identity_verifiable_addresses (id, status, via, verified, value, verified_at, identity_id, created_at, updated_at, nid) VALUES ('6949440a-3cc7-4307-8365-552be7427cff', 'pending', 'email', 0, 'tom@example.org', NULL, 'd7bdf8f5-e5e1-4824-b5e7-28d6b4e640c3', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71');
INSERT INTO identity_verifiable_addresses (id, status, via, verified, value, verified_at, identity_id, created_at, updated_at, nid) VALUES ('ccaa637d-8ba2-4de1-9a80-3780fb840368', 'pending', 'email', 0, 'uma@example.org', NULL, '649f3a34-7c06-41f8-a16d-2e6eff75bd06', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71');
INSERT INTO identity_verifiable_addresses (id, status, via, verified, value, verified_at, identity_id, created_at, updated_at, nid) VALUES ('9f84df59-96b2-4cec-8467-81df016177d8', 'pending', 'email', 0, 'vic@example.org', NULL, 'd020ac0f-c094-4772-8c5f-c08679f2b766', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71');
CREATE TABLE `identity_recovery_addresses` (
  `id` char(36) NOT NULL,
  `via` varchar(16) NOT NULL,
  `value` varchar(400) NOT NULL,
  `identity_id` char(36) NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `nid` char(36) DEFAULT NULL,
  `break_glass_for_organization` char(36) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `identity_recovery_addresses_status_via_uq_idx` (`nid`,`via`,`value`),
  KEY `identity_recovery_addresses_identity_id_idx` (`identity_id`),
  CONSTRAINT `identity_recovery_addresses_ibfk_1` FOREIGN KEY (`identity_id`) REFERENCES `identities` (`id`) ON DELETE CASCADE,
  CONSTRAINT `identity_recovery_addresses_nid_fk_idx` FOREIGN KEY (`nid`) REFERENCES `networks` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO identity_recovery_addresses (id, via, value, identity_id, created_at, updated_at, nid, break_glass_for_organization) VALUES ('0240568a-cfb9-4f3f-aaa9-ddeec88ec028', 'email', 'moe@example.org', '38bfc4ea-863c-4fbb-bc59-9f6c8deedb99', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', NULL);
INSERT INTO identity_recovery_addresses (id, via, value, identity_id, created_at, updated_at, nid, break_glass_for_organization) VALUES ('e7d3c9b3-d811-46fd-8ddc-cd29de037276', 'email', 'nan@example.org', '207fe1d0-f743-46ff-baa4-6e721f27451b', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', NULL);
INSERT INTO identity_recovery_addresses (id, via, value, identity_id, created_at, updated_at, nid, break_glass_for_organization) VALUES ('2551dac4-f006-4578-bc6f-a6e1987d88ef', 'email', 'ole@example.org', '1f73dfe9-b969-4fa0-8234-bb060e50571e', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', NULL);
INSERT INTO identity_recovery_addresses (id, via, value, identity_id, created_at, updated_at, nid, break_glass_for_organization) VALUES ('cddf93bd-2cdc-43bb-b1a6-7e0ebc64b043', 'email', 'pia@example.org', 'b509af3c-d9d4-4e91-a109-ab7cd782da55', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', NULL);
INSERT INTO identity_recovery_addresses (id, via, value, identity_id, created_at, updated_at, nid, break_glass_for_organization) VALUES ('f91c5ee9-fca6-45d6-938e-e0f5a9fe4512', 'email', 'qiu@example.org', '00c4c30e-df61-4188-a44f-7baecc531bb8', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', NULL);
INSERT INTO identity_recovery_addresses (id, via, value, identity_id, created_at, updated_at, nid, break_glass_for_organization) VALUES ('7a900edc-7269-42cf-876c-0647f30e7ddf', 'email', 'rio@example.org', '0207106a-a8b9-467f-9d45-f192a3bd059b', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', NULL);
INSERT INTO identity_recovery_addresses (id, via, value, identity_id, created_at, updated_at, nid, break_glass_for_organization) VALUES ('0f18675d-92a6-442c-bafc-fd5aeab95c36', 'email', 'sue@example.org', 'ee41ff75-af92-45b5-9f0c-719b41a8d145', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', NULL);
INSERT INTO identity_recovery_addresses (id, via, value, identity_id, created_at, updated_at, nid, break_glass_for_organization) VALUES ('e1e47123-8797-4451-bd70-a0ab8a3804a4', 'email', 'tom@example.org', 'd7bdf8f5-e5e1-4824-b5e7-28d6b4e640c3', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', NULL);
INSERT INTO identity_recovery_addresses (id, via, value, identity_id, created_at, updated_at, nid, break_glass_for_organization) VALUES ('65946e7e-7b93-4af9-91aa-0b8acdef9db2', 'email', 'uma@example.org', '649f3a34-7c06-41f8-a16d-2e6eff75bd06', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', NULL);
INSERT INTO identity_recovery_addresses (id, via, value, identity_id, created_at, updated_at, nid, break_glass_for_organization) VALUES ('87bbba24-43f0-416d-9333-584ea55a80e2', 'email', 'vic@example.org', 'd020ac0f-c094-4772-8c5f-c08679f2b766', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', NULL);
CREATE TABLE `sessions` (
  `id` char(36) NOT NULL,
  `issued_at` datetime NOT NULL DEFAULT current_timestamp(),
  `expires_at` datetime NOT NULL,
  `authenticated_at` datetime NOT NULL,
  `identity_id` char(36) NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `token` varchar(39) DEFAULT NULL,
  `active` tinyint(1) DEFAULT 0,
  `nid` char(36) DEFAULT NULL,
  `logout_token` varchar(39) DEFAULT NULL,
  `aal` varchar(4) NOT NULL DEFAULT 'aal1',
  `authentication_methods` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL CHECK (json_valid(`authentication_methods`)),
  PRIMARY KEY (`id`),
  UNIQUE KEY `sessions_token_uq_idx` (`token`),
  UNIQUE KEY `sessions_logout_token_uq_idx` (`logout_token`),
  KEY `sessions_list_idx` (`nid`,`created_at` DESC,`id`),
  KEY `sessions_list_active_idx` (`nid`,`expires_at`,`active`,`created_at` DESC,`id`),
  KEY `sessions_list_identity_idx` (`identity_id`,`nid`,`created_at` DESC),
  CONSTRAINT `sessions_ibfk_1` FOREIGN KEY (`identity_id`) REFERENCES `identities` (`id`) ON DELETE CASCADE,
  CONSTRAINT `sessions_nid_fk_idx` FOREIGN KEY (`nid`) REFERENCES `networks` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO sessions (id, issued_at, expires_at, authenticated_at, identity_id, created_at, updated_at, active, nid, aal, authentication_methods, token, logout_token) VALUES ('9405b680-ea6c-4ce6-a97a-74ac7cd28d26', '2026-11-28 19:41:13', '2126-11-04 19:41:13', '2026-11-28 19:41:13', '38bfc4ea-863c-4fbb-bc59-9f6c8deedb99', '2026-11-28 19:41:13', '2026-11-28 19:41:13', 1, '7e58b752-ca37-4826-a407-d181279c6f71', 'aal1', '[{"method":"password","aal":"aal1","completed_at":"2026-11-28T19:41:13.898454838Z"}]', 'ory_st_xKBcG3gfNhbPNl8zp2qNl9eXsYXwo5dt', 'ory_lo_JX5APxGSnLRVBccqjvJW9rkjTf9uyR8Q');
INSERT INTO sessions (id, issued_at, expires_at, authenticated_at, identity_id, created_at, updated_at, active, nid, aal, authentication_methods, token, logout_token) VALUES ('f2d61aec-f2f8-4926-8508-b776346fad28', '2026-11-28 19:41:13', '2126-11-04 19:41:13', '2026-11-28 19:41:13', '207fe1d0-f743-46ff-baa4-6e721f27451b', '2026-11-28 19:41:13', '2026-11-28 19:41:13', 1, '7e58b752-ca37-4826-a407-d181279c6f71', 'aal1', '[{"method":"password","aal":"aal1","completed_at":"2026-11-28T19:41:13.934465082Z"}]', 'ory_st_98j0vb0t27KqKX0uL9EoHW5OY43FWa2O', 'ory_lo_Y5kfvThKTaqKatlZes1gli2DJwiAjF6u');
INSERT INTO sessions (id, issued_at, expires_at, authenticated_at, identity_id, created_at, updated_at, active, nid, aal, authentication_methods, token, logout_token) VALUES ('607251bf-a516-4f21-a560-ac4f09f5c50a', '2026-11-28 19:41:13', '2126-11-04 19:41:13', '2026-11-28 19:41:13', '1f73dfe9-b969-4fa0-8234-bb060e50571e', '2026-11-28 19:41:13', '2026-11-28 19:41:13', 1, '7e58b752-ca37-4826-a407-d181279c6f71', 'aal1', '[{"method":"password","aal":"aal1","completed_at":"2026-11-28T19:41:13.969425211Z"}]', 'ory_st_LIVRgAeA5a6SP8mTLf8mMoTt9Ik6AAFQ', 'ory_lo_RQ3trjCpmK8qWpYkeISbW8DbxWFdPBja');
INSERT INTO sessions (id, issued_at, expires_at, authenticated_at, identity_id, created_at, updated_at, active, nid, aal, authentication_methods, token, logout_token) VALUES ('c783c0ce-e187-47b9-bf18-2d03ceacafa6', '2026-11-28 19:41:14', '2126-11-04 19:41:14', '2026-11-28 19:41:14', 'b509af3c-d9d4-4e91-a109-ab7cd782da55', '2026-11-28 19:41:14', '2026-11-28 19:41:14', 1, '7e58b752-ca37-4826-a407-d181279c6f71', 'aal1', '[{"method":"password","aal":"aal1","completed_at":"2026-11-28T19:41:14.0049718Z"}]', 'ory_st_fPEcU93RTFprk47KUaDxKg7RTlAbkgeS', 'ory_lo_pi8WxPSBw0Bnb4u5imB0k1FdVDGpnngY');
INSERT INTO sessions (id, issued_at, expires_at, authenticated_at, identity_id, created_at, updated_at, active, nid, aal, authentication_methods, token, logout_token) VALUES ('5e7fc7ff-ba1c-4254-9efc-2dd354083333', '2026-11-28 19:41:14', '2126-11-04 19:41:14', '2026-11-28 19:41:14', '00c4c30e-df61-4188-a44f-7baecc531bb8', '2026-11-28 19:41:14', '2026-11-28 19:41:14', 1, '7e58b752-ca37-4826-a407-d181279c6f71', 'aal1', '[{"method":"password","aal":"aal1","completed_at":"2026-11-28T19:41:14.040804508Z"}]', 'ory_st_AZkIH32VBcrFdwTeHeKhjLfKiN0A3kif', 'ory_lo_DVcN1HgyVTsHs88L87dTfErgCcLytfT8');
INSERT INTO sessions (id, issued_at, expires_at, authenticated_at, identity_id, created_at, updated_at, active, nid, aal, authentication_methods, token, logout_token) VALUES ('0e740ae4-a156-4270-93dd-74c0e3d237cd', '2026-11-28 19:41:14', '2126-11-04 19:41:14', '2026-11-28 19:41:14', '0207106a-a8b9-467f-9d45-f192a3bd059b', '2026-11-28 19:41:14', '2026-11-28 19:41:14', 1, '7e58b752-ca37-4826-a407-d181279c6f71', 'aal1', '[{"method":"password","aal":"aal1","completed_at":"2026-11-28T19:41:14.074291698Z"}]', 'ory_st_47IS9FvZcfVkk86qA73EcIUZ89fCN5Y7', 'ory_lo_hBPltfsQeUGl72vKFu0gn8tNfN3fBq4x');
INSERT INTO sessions (id, issued_at, expires_at, authenticated_at, identity_id, created_at, updated_at, active, nid, aal, authentication_methods, token, logout_token) VALUES ('33fae0c7-0755-4439-afe9-0270f1fec590', '2026-11-28 19:41:14', '2126-11-04 19:41:14', '2026-11-28 19:41:14', 'ee41ff75-af92-45b5-9f0c-719b41a8d145', '2026-11-28 19:41:14', '2026-11-28 19:41:14', 1, '7e58b752-ca37-4826-a407-d181279c6f71', 'aal1', '[{"method":"password","aal":"aal1","completed_at":"2026-11-28T19:41:14.107143637Z"}]', 'ory_st_pbKsKi0ZTXtR9gHREWMRuyQZm1TIccU2', 'ory_lo_zMIQTbzNdhrMCrpMvXPJzxhcpWhVOLmK');
INSERT INTO sessions (id, issued_at, expires_at, authenticated_at, identity_id, created_at, updated_at, active, nid, aal, authentication_methods, token, logout_token) VALUES ('3212143a-0b46-439c-a0ae-8186af3133bd', '2026-11-28 19:41:14', '2126-11-04 19:41:14', '2026-11-28 19:41:14', 'd7bdf8f5-e5e1-4824-b5e7-28d6b4e640c3', '2026-11-28 19:41:14', '2026-11-28 19:41:14', 1, '7e58b752-ca37-4826-a407-d181279c6f71', 'aal1', '[{"method":"password","aal":"aal1","completed_at":"2026-11-28T19:41:14.144185625Z"}]', 'ory_st_bz5YUILb97Efy69VdYuGBdlnhcxng7zw', 'ory_lo_GJrdSniLHBJbxqKm5qEsM4XePScqhFA1');
INSERT INTO sessions (id, issued_at, expires_at, authenticated_at, identity_id, created_at, updated_at, active, nid, aal, authentication_methods, token, logout_token) VALUES ('66dfb257-42f9-416d-95f0-12b8e8cef018', '2026-11-28 19:41:14', '2126-11-04 19:41:14', '2026-11-28 19:41:14', '649f3a34-7c06-41f8-a16d-2e6eff75bd06', '2026-11-28 19:41:14', '2026-11-28 19:41:14', 1, '7e58b752-ca37-4826-a407-d181279c6f71', 'aal1', '[{"method":"password","aal":"aal1","completed_at":"2026-11-28T19:41:14.240413045Z"}]', 'ory_st_AfnYvUl7bu19iVPrGwFypbH2jPcXOhL7', 'ory_lo_Sxl3Tw0hELp6s3HeCPbWQGlzrCTLB8To');
INSERT INTO sessions (id, issued_at, expires_at, authenticated_at, identity_id, created_at, updated_at, active, nid, aal, authentication_methods, token, logout_token) VALUES ('2aa4d42b-d4ca-4cf3-97a4-f7eba2389349', '2026-11-28 19:41:14', '2126-11-04 19:41:14', '2026-11-28 19:41:14', 'd020ac0f-c094-4772-8c5f-c08679f2b766', '2026-11-28 19:41:14', '2026-11-28 19:41:14', 1, '7e58b752-ca37-4826-a407-d181279c6f71', 'aal1', '[{"method":"password","aal":"aal1","completed_at":"2026-11-28T19:41:14.278893919Z"}]', 'ory_st_5qNJmpwWFCtwBSJhEkkV9rqsIUic2emh', 'ory_lo_exhIfN78utTGtWDM2ZW2qx0YVt7TuQPo');
INSERT INTO sessions (id, issued_at, expires_at, authenticated_at, identity_id, created_at, updated_at, active, nid, aal, authentication_methods, token, logout_token) VALUES ('4c6eeea0-1ceb-4322-938a-ef63416da2c2', '2026-11-28 19:41:14', '2126-11-24 19:41:14', '2026-11-28 19:41:14', '38bfc4ea-863c-4fbb-bc59-9f6c8deedb99', '2026-11-28 19:41:14', '2026-11-28 19:41:14', 1, '7e58b752-ca37-4826-a407-d181279c6f71', 'aal1', '[{"method":"password","aal":"aal1","completed_at":"2026-11-28T19:41:14.318186057Z"}]', 'ory_st_aejPGAgmUVoln4XOy9AYFozMiwgwnlmP', 'ory_lo_v9xjYjyliAeJuC6lkS49LaXi8arDnjr4');
INSERT INTO sessions (id, issued_at, expires_at, authenticated_at, identity_id, created_at, updated_at, active, nid, aal, authentication_methods, token, logout_token) VALUES ('6e3cbf1e-1f0f-4490-9bd3-42f0c618f704', '2026-11-28 19:41:14', '2126-11-04 19:41:14', '2026-11-28 19:41:14', '38bfc4ea-863c-4fbb-bc59-9f6c8deedb99', '2026-11-28 19:41:14', '2026-11-28 19:41:14', 1, '7e58b752-ca37-4826-a407-d181279c6f71', 'aal1', '[{"method":"password","aal":"aal1","completed_at":"2026-11-28T19:41:14.355430687Z"}]', 'ory_st_obuwnapJU07xqviwJQjl71STU4UH7Cwu', 'ory_lo_K9bD0EhQlZJpd6zMQSEc3s17zZRHq43T');
INSERT INTO sessions (id, issued_at, expires_at, authenticated_at, identity_id, created_at, updated_at, active, nid, aal, authentication_methods, token, logout_token) VALUES ('60a7da9c-6f05-4384-a840-c4921c53c843', '2026-11-28 19:41:14', '2126-11-04 19:41:14', '2026-11-28 19:41:14', '207fe1d0-f743-46ff-baa4-6e721f27451b', '2026-11-28 19:41:14', '2026-11-28 19:41:14', 1, '7e58b752-ca37-4826-a407-d181279c6f71', 'aal1', '[{"method":"password","aal":"aal1","completed_at":"2026-11-28T19:41:14.393080661Z"}]', 'ory_st_xL82rOw9pjYEJVgD0gq8FpajV9pGiVHY', 'ory_lo_VVSHkD41Dc5VU76jMGlDnkgHXbU0ZEtY');
CREATE TABLE `session_devices` (
  `id` char(36) NOT NULL,
  `ip_address` varchar(50) DEFAULT '',
  `user_agent` varchar(512) DEFAULT '',
  `location` varchar(512) DEFAULT '',
  `session_id` char(36) NOT NULL,
  `nid` char(36) NOT NULL,
  `created_at` datetime NOT NULL,
  `updated_at` datetime NOT NULL,
  `identity_id` char(36) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `session_devices_nid_idx` (`nid`),
  KEY `session_devices_session_id_idx` (`session_id`),
  KEY `session_devices_identity_id_fk_idx` (`identity_id`),
  CONSTRAINT `session_devices_ibfk_1` FOREIGN KEY (`session_id`) REFERENCES `sessions` (`id`) ON DELETE CASCADE,
  CONSTRAINT `session_devices_ibfk_2` FOREIGN KEY (`nid`) REFERENCES `networks` (`id`) ON DELETE CASCADE,
  CONSTRAINT `session_devices_identity_id_fk` FOREIGN KEY (`identity_id`) REFERENCES `identities` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO session_devices (id, identity_id, ip_address, user_agent, location, nid, session_id, created_at, updated_at) VALUES ('8c92dfb6-011b-4cb3-871d-1611b5da33b3', '38bfc4ea-863c-4fbb-bc59-9f6c8deedb99', '127.0.0.1:34186', 'python-requests/2.34.2', '', '7e58b752-ca37-4826-a407-d181279c6f71', '9405b680-ea6c-4ce6-a97a-74ac7cd28d26', '2026-11-28 19:41:13', '2026-11-28 19:41:13');
INSERT INTO session_devices (id, identity_id, ip_address, user_agent, location, nid, session_id, created_at, updated_at) VALUES ('88f6f28b-1341-436b-9e44-99ef7a719ea8', '207fe1d0-f743-46ff-baa4-6e721f27451b', '127.0.0.1:34190', 'python-requests/2.34.2', '', '7e58b752-ca37-4826-a407-d181279c6f71', 'f2d61aec-f2f8-4926-8508-b776346fad28', '2026-11-28 19:41:13', '2026-11-28 19:41:13');
INSERT INTO session_devices (id, identity_id, ip_address, user_agent, location, nid, session_id, created_at, updated_at) VALUES ('c82f7714-414a-4056-9741-307ca3bc28f2', '1f73dfe9-b969-4fa0-8234-bb060e50571e', '127.0.0.1:34222', 'python-requests/2.34.2', '', '7e58b752-ca37-4826-a407-d181279c6f71', '607251bf-a516-4f21-a560-ac4f09f5c50a', '2026-11-28 19:41:13', '2026-11-28 19:41:13');
INSERT INTO session_devices (id, identity_id, ip_address, user_agent, location, nid, session_id, created_at, updated_at) VALUES ('feb19b01-5f36-434c-8858-4b23199d7c5e', 'b509af3c-d9d4-4e91-a109-ab7cd782da55', '127.0.0.1:34236', 'python-requests/2.34.2', '', '7e58b752-ca37-4826-a407-d181279c6f71', 'c783c0ce-e187-47b9-bf18-2d03ceacafa6', '2026-11-28 19:41:14', '2026-11-28 19:41:14');
INSERT INTO session_devices (id, identity_id, ip_address, user_agent, location, nid, session_id, created_at, updated_at) VALUES ('bd817b04-b0b2-4569-bde9-f4af83a756a3', '00c4c30e-df61-4188-a44f-7baecc531bb8', '127.0.0.1:34264', 'python-requests/2.34.2', '', '7e58b752-ca37-4826-a407-d181279c6f71', '5e7fc7ff-ba1c-4254-9efc-2dd354083333', '2026-11-28 19:41:14', '2026-11-28 19:41:14');
INSERT INTO session_devices (id, identity_id, ip_address, user_agent, location, nid, session_id, created_at, updated_at) VALUES ('6bcbb37d-1887-46fa-ae3c-f3dd5d7f3743', '0207106a-a8b9-467f-9d45-f192a3bd059b', '127.0.0.1:34284', 'python-requests/2.34.2', '', '7e58b752-ca37-4826-a407-d181279c6f71', '0e740ae4-a156-4270-93dd-74c0e3d237cd', '2026-11-28 19:41:14', '2026-11-28 19:41:14');
INSERT INTO session_devices (id, identity_id, ip_address, user_agent, location, nid, session_id, created_at, updated_at) VALUES ('6c184768-5224-42b2-91b7-daaa8d5f4bd1', 'ee41ff75-af92-45b5-9f0c-719b41a8d145', '127.0.0.1:34298', 'python-requests/2.34.2', '', '7e58b752-ca37-4826-a407-d181279c6f71', '33fae0c7-0755-4439-afe9-0270f1fec590', '2026-11-28 19:41:14', '2026-11-28 19:41:14');
INSERT INTO session_devices (id, identity_id, ip_address, user_agent, location, nid, session_id, created_at, updated_at) VALUES ('0614ddb3-c432-42d6-bcce-d1af0e9f0c92', 'd7bdf8f5-e5e1-4824-b5e7-28d6b4e640c3', '127.0.0.1:34312', 'python-requests/2.34.2', '', '7e58b752-ca37-4826-a407-d181279c6f71', '3212143a-0b46-439c-a0ae-8186af3133bd', '2026-11-28 19:41:14', '2026-11-28 19:41:14');
INSERT INTO session_devices (id, identity_id, ip_address, user_agent, location, nid, session_id, created_at, updated_at) VALUES ('0b6a1742-6f35-4b38-a64e-45f5b7fb0e3a', '649f3a34-7c06-41f8-a16d-2e6eff75bd06', '127.0.0.1:34328', 'python-requests/2.34.2', '', '7e58b752-ca37-4826-a407-d181279c6f71', '66dfb257-42f9-416d-95f0-12b8e8cef018', '2026-11-28 19:41:14', '2026-11-28 19:41:14');
INSERT INTO session_devices (id, identity_id, ip_address, user_agent, location, nid, session_id, created_at, updated_at) VALUES ('76a2eff0-1674-41ee-a885-62b74cb22a7f', 'd020ac0f-c094-4772-8c5f-c08679f2b766', '127.0.0.1:34350', 'python-requests/2.34.2', '', '7e58b752-ca37-4826-a407-d181279c6f71', '2aa4d42b-d4ca-4cf3-97a4-f7eba2389349', '2026-11-28 19:41:14', '2026-11-28 19:41:14');
INSERT INTO session_devices (id, identity_id, ip_address, user_agent, location, nid, session_id, created_at, updated_at) VALUES ('a01c8c00-25b5-4dc8-8e66-10fc7136eb80', '38bfc4ea-863c-4fbb-bc59-9f6c8deedb99', '127.0.0.1:34360', 'python-requests/2.34.2', '', '7e58b752-ca37-4826-a407-d181279c6f71', '4c6eeea0-1ceb-4322-938a-ef63416da2c2', '2026-11-28 19:41:14', '2026-11-28 19:41:14');
INSERT INTO session_devices (id, identity_id, ip_address, user_agent, location, nid, session_id, created_at, updated_at) VALUES ('65971ac0-9877-4f0b-85f3-72684458a0dd', '38bfc4ea-863c-4fbb-bc59-9f6c8deedb99', '127.0.0.1:34370', 'python-requests/2.34.2', '', '7e58b752-ca37-4826-a407-d181279c6f71', '6e3cbf1e-1f0f-4490-9bd3-42f0c618f704', '2026-11-28 19:41:14', '2026-11-28 19:41:14');
INSERT INTO session_devices (id, identity_id, ip_address, user_agent, location, nid, session_id, created_at, updated_at) VALUES ('a456ae42-e0fa-481c-9518-2b89762b2fe0', '207fe1d0-f743-46ff-baa4-6e721f27451b', '127.0.0.1:34380', 'python-requests/2.34.2', '', '7e58b752-ca37-4826-a407-d181279c6f71', '60a7da9c-6f05-4384-a840-c4921c53c843', '2026-11-28 19:41:14', '2026-11-28 19:41:14');
CREATE TABLE identity_credential_types (
    id char(36) NOT NULL PRIMARY KEY,
    name varchar(32) NOT NULL,
    UNIQUE KEY identity_credential_types_name_idx (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO identity_credential_types (id, name) VALUES ('78c1b41d-8341-4507-aa60-aff1d4369670', 'password');
INSERT INTO identity_credential_types (id, name) VALUES ('6fa5e2e0-bfce-4631-b62b-cf2b0252b289', 'oidc');
INSERT INTO identity_credential_types (id, name) VALUES ('5e29b036-aa47-457f-9fe6-aa8b854a752b', 'totp');
INSERT INTO identity_credential_types (id, name) VALUES ('567a0730-7f48-4dd7-a13d-df87a51c245f', 'lookup_secret');
INSERT INTO identity_credential_types (id, name) VALUES ('6b213fa0-e6ad-46cb-8878-b088d2ce2e3c', 'webauthn');
INSERT INTO identity_credential_types (id, name) VALUES ('14f3b7e2-8725-4068-be39-8a796485fd97', 'code');
INSERT INTO identity_credential_types (id, name) VALUES ('8d0ca544-9bf6-45d3-bd75-0bbb3aeba3c7', 'passkey');
INSERT INTO identity_credential_types (id, name) VALUES ('7bddcf6c-f50e-4a18-9b0f-429114c33419', 'saml');
INSERT INTO identity_credential_types (id, name) VALUES ('26433aa2-c33a-4870-85dc-230af354e0bf', 'deviceauthn');
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
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('d2b8365c-2031-4ed2-9cd8-6b5a8b9df2d5', '{"hashed_password":"$2a$08$Oe9QFd78UJg2wm/qWWDL..EmqtXXBwCjGPjCPqpGuOyKX5S2AGoPa"}', '78c1b41d-8341-4507-aa60-aff1d4369670', '38bfc4ea-863c-4fbb-bc59-9f6c8deedb99', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('9ddd4596-43ca-4eca-8ef3-80aca92f8c85', '{"hashed_password":"$2a$08$4dEfYH6OKlnfDnx4peNO3OgtNyBHICjh3NIQKDzImiHAM3LEn6pWm"}', '78c1b41d-8341-4507-aa60-aff1d4369670', '207fe1d0-f743-46ff-baa4-6e721f27451b', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('6881a6ca-fd52-445f-8ef7-d762dcc8de8b', '{"hashed_password":"$2a$08$i8Swqr7gMCkSB.hEivqoreUw4kppKtdclRZxQc.JNCdjf.GfowbwW"}', '78c1b41d-8341-4507-aa60-aff1d4369670', '1f73dfe9-b969-4fa0-8234-bb060e50571e', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('3ade70ef-aea7-4f28-9fc4-d6646959b07b', '{"hashed_password":"$2a$08$RQoWgICkKO3aEYUQi2mDF.WcP77DkxsPuQrZG3m6rQe7aGpW2QuQS"}', '78c1b41d-8341-4507-aa60-aff1d4369670', 'b509af3c-d9d4-4e91-a109-ab7cd782da55', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('b4320853-3a94-49ed-b02f-fe980c2e104d', '{"hashed_password":"$2a$08$jO7V/3SEsLbTJEA/6OypjOoYK4W6uP1dGVhEgQlZ5qPyHrcqGt0pi"}', '78c1b41d-8341-4507-aa60-aff1d4369670', '00c4c30e-df61-4188-a44f-7baecc531bb8', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('dff890ba-ea9c-4007-a03e-fa688fc5ee28', '{"hashed_password":"$2a$08$EoHOtkV/LCfFEENTW9n5i.k2N7my6L.6eXlVYODqumewrGjw5ttJe"}', '78c1b41d-8341-4507-aa60-aff1d4369670', '0207106a-a8b9-467f-9d45-f192a3bd059b', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('84cddeba-2070-4b1e-ab2d-39659236513c', '{"hashed_password":"$2a$08$obbON9iHwl2HnYs8RBRKvuUf9bAzs/NcAhu26LKO31SdlN2S7uTRS"}', '78c1b41d-8341-4507-aa60-aff1d4369670', 'ee41ff75-af92-45b5-9f0c-719b41a8d145', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('a1fd1698-006a-422b-840c-5f2c80322f33', '{"hashed_password":"$2a$08$kqpUDM7ynMNkh94ZGTqLEu1yT36qCS.FPLez.YTKiSYNfPvl8DO4K"}', '78c1b41d-8341-4507-aa60-aff1d4369670', 'd7bdf8f5-e5e1-4824-b5e7-28d6b4e640c3', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('6d8725e6-f9a5-4b51-a38f-cf66d880e0bc', '{"hashed_password":"$2a$08$slKp/S9pRKYrpYrdYyo7yOAR8RX5iZ3NRJGjXZdTFwfdtajURLeFK"}', '78c1b41d-8341-4507-aa60-aff1d4369670', '649f3a34-7c06-41f8-a16d-2e6eff75bd06', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('c2b5dfad-b7ad-4df8-af51-6fd83aa77c01', '{"hashed_password":"$2a$08$DyC9xaYzJw7stkZsypnX2ugG9VidIJJDUk1kB5pQr1Y7wlZ.3gEei"}', '78c1b41d-8341-4507-aa60-aff1d4369670', 'd020ac0f-c094-4772-8c5f-c08679f2b766', '2026-11-28 19:41:13', '2026-11-28 19:41:13', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('000000c2-0000-4000-8000-000000000002', '{"totp_url": "otpauth://totp/lab:x?algorithm=SHA1&digits=6&issuer=lab&period=30&secret=POTMDJ7PCIURVPQTJ7ZJ45TGHN657AZV"}', '5e29b036-aa47-457f-9fe6-aa8b854a752b', '1f73dfe9-b969-4fa0-8234-bb060e50571e', '2026-11-28 19:41:14', '2026-11-28 19:41:14', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('000000c3-0000-4000-8000-000000000003', '{"totp_url": "otpauth://totp/lab:x?algorithm=SHA1&digits=6&issuer=lab&period=30&secret=POTMDJ7PCIURVPQTJ7ZJ45TGHN657AZV"}', '5e29b036-aa47-457f-9fe6-aa8b854a752b', 'b509af3c-d9d4-4e91-a109-ab7cd782da55', '2026-11-28 19:41:14', '2026-11-28 19:41:14', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('000000c4-0000-4000-8000-000000000004', '{"recovery_codes": [{"code": "aaaa1111"}]}', '567a0730-7f48-4dd7-a13d-df87a51c245f', '00c4c30e-df61-4188-a44f-7baecc531bb8', '2026-11-28 19:41:14', '2026-11-28 19:41:14', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('000000c5-0000-4000-8000-000000000005', '{"credentials": [{"id": "Y3JlZGVudGlhbA==", "public_key": "a2V5", "attestation_type": "none", "display_name": "key", "is_passwordless": false, "added_at": "2026-11-20T08:00:00Z", "authenticator": {"aaguid": "MDAwMDAwMDAwMDAwMDAwMA==", "sign_count": 0, "clone_warning": false}}], "user_handle": "aGFuZGxl"}', '6b213fa0-e6ad-46cb-8878-b088d2ce2e3c', '0207106a-a8b9-467f-9d45-f192a3bd059b', '2026-11-28 19:41:14', '2026-11-28 19:41:14', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('000000c6-0000-4000-8000-000000000006', '{"credentials": [{"id": "Y3JlZGVudGlhbA==", "public_key": "a2V5", "attestation_type": "none", "display_name": "key", "is_passwordless": true, "added_at": "2026-11-20T08:00:00Z", "authenticator": {"aaguid": "MDAwMDAwMDAwMDAwMDAwMA==", "sign_count": 0, "clone_warning": false}}], "user_handle": "aGFuZGxl"}', '6b213fa0-e6ad-46cb-8878-b088d2ce2e3c', 'ee41ff75-af92-45b5-9f0c-719b41a8d145', '2026-11-28 19:41:14', '2026-11-28 19:41:14', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('000000c8-0000-4000-8000-000000000008', '{"totp_url": ""}', '5e29b036-aa47-457f-9fe6-aa8b854a752b', '649f3a34-7c06-41f8-a16d-2e6eff75bd06', '2026-11-28 19:41:14', '2026-11-28 19:41:14', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id, created_at, updated_at, nid, version) VALUES ('000000c9-0000-4000-8000-000000000009', '{"totp_url": "otpauth://totp/lab:x?algorithm=SHA1&digits=6&issuer=lab&period=30&secret=POTMDJ7PCIURVPQTJ7ZJ45TGHN657AZV"}', '5e29b036-aa47-457f-9fe6-aa8b854a752b', 'd020ac0f-c094-4772-8c5f-c08679f2b766', '2026-11-28 19:41:14', '2026-11-28 19:41:14', '7e58b752-ca37-4826-a407-d181279c6f71', 0);
