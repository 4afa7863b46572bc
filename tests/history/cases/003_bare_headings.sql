--UP
CREATE TABLE a (id int);
-- ==== Down ====
--DROP TABLE a;
