CREATE TABLE a (id int PRIMARY KEY);
-- by hand
CREATE TABLE b (id serial PRIMARY KEY, x int);
ALTER TABLE a ADD s serial;
