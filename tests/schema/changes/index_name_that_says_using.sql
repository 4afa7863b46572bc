CREATE TABLE t (a integer, b integer);
-- after
CREATE TABLE t (a integer, b integer);
CREATE INDEX "by USING btree (b)" ON t (a);
