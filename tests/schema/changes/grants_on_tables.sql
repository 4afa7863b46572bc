-- roles: reader, writer, odd Role
-- Table, column and sequence privileges; a REVOKE on a table takes those on its columns along.
CREATE SCHEMA app;
CREATE TABLE t (id int, email text, "odd Name" int);
CREATE TABLE kept (id int);
CREATE TABLE app.gone (id int);
CREATE VIEW v AS SELECT 1 AS one;
CREATE SEQUENCE s;
CREATE TABLE counted (id serial, going bigint GENERATED ALWAYS AS IDENTITY);
GRANT USAGE ON SEQUENCE counted_id_seq, counted_going_seq TO reader;
GRANT SELECT, UPDATE, DELETE ON t TO reader;
GRANT SELECT (email), INSERT (email, "odd Name") ON t TO reader;
GRANT SELECT (id) ON t TO writer;
GRANT ALL ON kept TO writer WITH GRANT OPTION;
GRANT SELECT ON app.gone TO reader;
GRANT SELECT ON v TO PUBLIC;
GRANT USAGE ON SEQUENCE s TO reader;
REVOKE TRUNCATE ON kept FROM CURRENT_USER;
-- after
CREATE SCHEMA app;
CREATE TABLE t (id int, email text, "odd Name" int);
CREATE TABLE kept (id int);
CREATE TABLE app.made (id int);
CREATE VIEW v AS SELECT 1 AS one;
CREATE SEQUENCE s;
CREATE TABLE counted (id serial, "made New" int GENERATED ALWAYS AS IDENTITY);
GRANT USAGE ON SEQUENCE "counted_made New_seq" TO reader;
GRANT INSERT ON t TO reader;
GRANT SELECT (email), UPDATE ("odd Name") ON t TO reader;
GRANT SELECT (id) ON t TO writer WITH GRANT OPTION;
GRANT SELECT ON kept TO writer WITH GRANT OPTION;
GRANT UPDATE ON kept TO writer;
GRANT SELECT ON app.made TO "odd Role";
GRANT SELECT (id) ON app.made TO reader;
GRANT SELECT ON v TO reader;
GRANT SELECT, UPDATE ON SEQUENCE s TO reader, writer;
