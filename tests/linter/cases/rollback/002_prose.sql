SELECT 1;
-- expect: lint.rollback
-- 🔙 ROLLBACK MIGRATION (DOWN)
-- To rollback this migration manually:
-- Drop table phones;
