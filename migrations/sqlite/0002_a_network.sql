-- The default network, with a random UUID (version 4).
INSERT INTO networks (id, created_at, updated_at)
SELECT lower(
           substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-4' || substr(h, 14, 3) || '-a'
           || substr(h, 18, 3) || '-' || substr(h, 21, 12)
       ),
       strftime('%Y-%m-%d %H:%M:%S+00:00', 'now'),
       strftime('%Y-%m-%d %H:%M:%S+00:00', 'now')
FROM (SELECT hex(randomblob(16)) AS h)
WHERE NOT EXISTS (SELECT 1 FROM networks);
