CREATE TABLE base (id integer);
CREATE TABLE derived (y integer) INHERITS (base);
-- after
CREATE TABLE base (id integer, x integer);
CREATE TABLE derived (y integer) INHERITS (base);
