-- UP
SELECT 1;

-- DOWN
-- CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$
-- -- up
-- BEGIN
--     RETURN '
-- down
-- -- rollback
-- ';
-- END
-- $$;
-- CREATE VIEW v AS
--  SELECT part,
--     up,
--     down
--    FROM t;
