INSERT INTO elsewhere_event_log (id, head, pruned)
SELECT 1, 0, 0
WHERE NOT EXISTS (SELECT 1 FROM elsewhere_event_log);
