SELECT 1;
-- DOWN
DROP TABLE a;  -- expect: file.unreadable
