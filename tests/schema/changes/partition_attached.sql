CREATE TABLE whole (id integer NOT NULL, kind text DEFAULT 'x', CONSTRAINT named CHECK (id < 100), PRIMARY KEY (id)) PARTITION BY LIST (id);
CREATE INDEX by_kind ON whole (kind);
CREATE TABLE part_1 PARTITION OF whole FOR VALUES IN (1);
CREATE TABLE part_2 PARTITION OF whole FOR VALUES IN (2);
CREATE TABLE loose (kind text, id integer);
-- after
CREATE TABLE whole (id integer NOT NULL, kind text DEFAULT 'x', CONSTRAINT named CHECK (id < 100), PRIMARY KEY (id)) PARTITION BY LIST (id);
CREATE INDEX by_kind ON whole (kind);
CREATE TABLE part_1 (id integer NOT NULL PRIMARY KEY, kind text DEFAULT 'y');
CREATE TABLE part_2 PARTITION OF whole FOR VALUES IN (3, 4);
CREATE TABLE loose (kind text, id integer);
ALTER TABLE loose ALTER COLUMN id SET NOT NULL;
ALTER TABLE loose ADD CONSTRAINT named CHECK (id < 100), ADD PRIMARY KEY (id);
ALTER TABLE whole ATTACH PARTITION loose FOR VALUES IN (9);
CREATE INDEX by_id ON loose (id) WHERE kind IS NULL;
