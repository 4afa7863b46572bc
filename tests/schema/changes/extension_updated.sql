-- one way: few extensions can go back to an older version
CREATE EXTENSION hstore VERSION '1.4';
CREATE TABLE t (h hstore);
-- after
CREATE EXTENSION hstore VERSION '1.8';
CREATE TABLE t (h hstore);
