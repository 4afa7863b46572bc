SELECT 1;
-- DOWN
-- schema_tools: ignore lint.if_exists It must be there.
-- DROP TABLE a;
-- ALTER TABLE b
-- -- schema_tools: ignore lint.if_exists It must be there, too.
--     DROP COLUMN c,
--     DROP COLUMN d; -- schema_tools: ignore lint.if_exists And this one.
