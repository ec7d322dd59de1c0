-- Two sessions of one person, in the tables of a Kratos.
INSERT INTO identities (id, nid, schema_id, traits, created_at, updated_at)
SELECT '22222222-2222-4222-8222-222222222222', id, 'person', '{"email": "ana@example.org"}', now(), now()
FROM networks;
INSERT INTO sessions (id, nid, identity_id, token, active, authentication_methods, issued_at,
                      authenticated_at, expires_at, created_at, updated_at)
SELECT s.id, i.nid, i.id, s.token, TRUE, '[{"method": "password", "aal": "aal1"}]', now(),
       now(), now() + INTERVAL '1 day', now(), now()
FROM identities i
CROSS JOIN (VALUES ('33333333-3333-4333-8333-333333333333'::uuid, 'ory_st_docker'),
                   ('44444444-4444-4444-8444-444444444444'::uuid, 'ory_st_other')) s (id, token);
