CREATE TABLE p (id integer PRIMARY KEY);
CREATE TABLE whole (id integer, x integer REFERENCES p, y integer UNIQUE, CONSTRAINT x_over CHECK (x > 0)) PARTITION BY LIST (y);
CREATE INDEX by_x ON whole (x);
CREATE TABLE part PARTITION OF whole (CONSTRAINT own CHECK (x < 9)) FOR VALUES IN (1);
COMMENT ON TABLE part IS 'A part';
-- after
CREATE TABLE p (id integer PRIMARY KEY);
CREATE TABLE whole (id integer, x integer REFERENCES p, y integer UNIQUE, CONSTRAINT x_over CHECK (x > 0)) PARTITION BY LIST (y);
CREATE INDEX by_x ON whole (x);
CREATE TABLE part (id integer, x integer CONSTRAINT own CHECK (x < 9), y integer);
CREATE INDEX part_x_idx ON part (x);
