CREATE TABLE child (code integer);
CREATE TABLE parent (code integer);
-- after
CREATE TABLE parent (code integer UNIQUE);
CREATE TABLE child (code integer REFERENCES parent (code));
