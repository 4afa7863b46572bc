SELECT 1;
-- DOWN
-- Restore from a backup. Nothing else helps:
-- drop it by hand
