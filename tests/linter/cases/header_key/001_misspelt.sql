-- Dependancies: 000_before.sql  -- expect: lint.header_key
-- lock-timeuot: 5s  -- expect: lint.header_key
-- Authors: Jo and Al  -- expect: lint.header_key
SELECT 1;
