SELECT 1;
-- DOWN
-- SELECT '
-- up
-- ';
-- ROLLBACK (DOWN)
-- SELECT 2;
