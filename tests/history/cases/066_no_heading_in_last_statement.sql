CREATE TABLE a (
-- UP
i int
-- DOWN
) -- DOWN
-- to go back down: DROP TABLE a;
-- UP
