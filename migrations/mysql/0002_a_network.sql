INSERT INTO networks (id, created_at, updated_at)
SELECT UUID(), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)
FROM (SELECT COUNT(*) AS present FROM networks) n
WHERE n.present = 0;
