SELECT 1;

-- 🔙 ROLLBACK MIGRATION (DOWN)
-- ======================
-- To rollback this migration manually:
-- Drop the table; it's not needed.
-- 1. DROP TABLE numbered;
-- (see above)
-- DROP TABLE ends_in_colon:
-- -- DROP TABLE commented;
--   DROP TABLE a; drop table b; -- done
-- Don't forget the index.
-- DROP INDEX
--   Drop_is_a_name_here,
-- -- and a comment; inside
--   c; Then this is prose too; it's behind.
/* a block comment; it's no SQL */
-- drop function f(
--     int
-- ); /* DROP TABLE x;
--  */ SELECT 'it''s
-- To: be';
