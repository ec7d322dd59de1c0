INSERT INTO elsewhere_event_log (id, head, pruned)
SELECT 1, 0, 0
FROM (SELECT COUNT(*) AS present FROM elsewhere_event_log) n
WHERE n.present = 0;
