-- pgbench: only the statement of GET /sessions/whoami, as the service executes it
-- (src/database/statements/session_with_identity.rs).
\set nth random(0, 999999)
SELECT s.id, s.active, s.aal, s.authentication_methods,
       s.issued_at, s.authenticated_at, s.expires_at, s.created_at,
       i.id, i.external_id, i.schema_id, i.state, i.state_changed_at, i.traits,
       i.metadata_public, i.available_aal, i.organization_id, i.created_at, i.updated_at,
       FALSE,
       d.id, d.ip_address, d.user_agent, d.location, d.created_at,
       i.metadata_admin
FROM sessions s
JOIN identities i ON i.id = s.identity_id AND i.nid = s.nid
LEFT JOIN session_devices d ON d.session_id = s.id AND d.nid = s.nid
WHERE s.token = encode(sha256(CAST('ory_st_' || :nth AS BYTEA)), 'hex') AND s.nid = :network;
