-- 🔄 FORWARD MIGRATION (UP)
SET lock_timeout = '5s';  -- expect: lint.transaction
UPDATE users SET a = 1;
