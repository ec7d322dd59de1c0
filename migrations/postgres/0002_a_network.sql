INSERT INTO networks (id, created_at, updated_at)
SELECT gen_random_uuid(), now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
WHERE NOT EXISTS (SELECT 1 FROM networks);
