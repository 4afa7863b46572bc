CREATE SCHEMA app;
CREATE EXTENSION hstore SCHEMA app;
CREATE TABLE t (h app.hstore);
-- after
CREATE SCHEMA app;
CREATE EXTENSION hstore SCHEMA public;
CREATE TABLE t (h public.hstore);
