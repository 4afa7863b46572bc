SELECT 1;
-- DOWN
-- A line
-- drop it if you don't need it
