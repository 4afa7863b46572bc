CREATE TABLE events (id integer, kind text) PARTITION BY LIST (id);
-- after
CREATE TABLE events (id integer, kind text) PARTITION BY LIST (id);
CREATE TABLE events_1 PARTITION OF events (kind DEFAULT 'own' NOT NULL, CONSTRAINT own CHECK (id < 5), UNIQUE (kind)) FOR VALUES IN (1);
