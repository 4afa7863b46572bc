CREATE TABLE t (id serial PRIMARY KEY);
-- by hand
ALTER TABLE t ALTER id TYPE bigint;
ALTER SEQUENCE t_id_seq AS bigint;
