CREATE TABLE t (a int);
CREATE UNLOGGED TABLE u (a int);
-- after
CREATE UNLOGGED TABLE t (a int);
CREATE TABLE u (a int);
COMMENT ON TABLE u IS 'logged now';
