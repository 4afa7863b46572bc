CREATE TABLE whole (a integer, b integer) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
CREATE INDEX part_b_idx ON part (b);
CREATE INDEX unattached ON ONLY whole (a);
CREATE INDEX going ON whole (a, b);
CREATE INDEX changing ON whole (b) WITH (fillfactor = 50);
-- after
CREATE TABLE whole (a integer, b integer) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
CREATE INDEX whole_b ON whole (b);
CREATE INDEX unattached ON whole (a);
CREATE INDEX part_a_b_idx ON part (a, b);
CREATE INDEX changing ON whole (b) WITH (fillfactor = 60);
ALTER TABLE ONLY whole ADD CONSTRAINT whole_key UNIQUE (a, b);
