CREATE TABLE parent (a integer NOT NULL, b integer NOT NULL, CONSTRAINT parent_pkey PRIMARY KEY (a));
CREATE TABLE child (a integer, b integer, CONSTRAINT child_fk FOREIGN KEY (a) REFERENCES parent (a));
-- after
CREATE TABLE parent (a integer NOT NULL, b integer NOT NULL, CONSTRAINT parent_pkey PRIMARY KEY (b));
CREATE TABLE child (a integer, b integer, CONSTRAINT child_fk FOREIGN KEY (a) REFERENCES parent (b));
