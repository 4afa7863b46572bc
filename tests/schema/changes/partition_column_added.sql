CREATE TABLE whole (id integer) PARTITION BY LIST (id);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
-- after
CREATE TABLE whole (id integer, x integer CONSTRAINT x_over CHECK (x > 0)) PARTITION BY LIST (id);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
