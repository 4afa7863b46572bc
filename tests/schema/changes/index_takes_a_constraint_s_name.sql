CREATE TABLE t (a integer);
CREATE UNIQUE INDEX t_a ON t (a);
-- after
CREATE TABLE t (a integer, CONSTRAINT t_a UNIQUE (a));
