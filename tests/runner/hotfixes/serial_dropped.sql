CREATE TABLE t (id int PRIMARY KEY, s serial);
-- by hand
ALTER TABLE t DROP s;
