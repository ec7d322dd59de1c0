-- pgbench: the statements that a simple service would execute for one GET /sessions.
\set nth random(0, 999999)
SELECT s.id AS session, s.identity_id AS identity, s.nid AS network,
       s.aal, s.expires_at,
       i.schema_id, i.state, i.state_changed_at, i.traits, i.metadata_public, i.available_aal,
       i.organization_id, i.external_id, i.created_at, i.updated_at
FROM sessions s
JOIN identities i ON i.id = s.identity_id
WHERE s.token = encode(sha256(CAST('ory_st_' || :nth AS BYTEA)), 'hex')
  AND s.active AND s.expires_at > now()
\gset
SELECT s.id, s.active, s.aal, s.authentication_methods, s.issued_at, s.authenticated_at,
       s.expires_at, s.created_at, d.id, d.ip_address, d.user_agent, d.location, d.created_at
FROM sessions s
LEFT JOIN session_devices d ON d.session_id = s.id
WHERE s.identity_id = :identity AND s.nid = :network AND s.id <> :session
  AND s.active AND s.expires_at > now()
ORDER BY s.created_at DESC, s.id
LIMIT 251;
