CREATE SCHEMA app;
CREATE TABLE app.t (a int);
-- after
CREATE SCHEMA app;
CREATE TYPE app.kind AS ENUM ('x');
CREATE TABLE app.t (a int, k app.kind NOT NULL DEFAULT 'x');
CREATE TABLE app.u (t int);
CREATE INDEX i ON app.t (k);
