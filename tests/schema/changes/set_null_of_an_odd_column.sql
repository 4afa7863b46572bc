CREATE TABLE t (id integer PRIMARY KEY, "odd (1)" integer REFERENCES t);
-- after
CREATE TABLE t (id integer PRIMARY KEY, "odd (1)" integer);
ALTER TABLE t ADD CONSTRAINT "t_odd (1)_fkey" FOREIGN KEY ("odd (1)") REFERENCES t ON DELETE SET NULL ("odd (1)");
