CREATE TABLE kept (id int, n int);
CREATE FUNCTION f() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION positive(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE going (a int DEFAULT f(), b int CHECK (positive(b)));
CREATE TRIGGER t BEFORE INSERT ON going FOR EACH ROW EXECUTE FUNCTION noop();
CREATE POLICY p ON going USING (positive(a));
CREATE INDEX i ON going (positive(b));
CREATE POLICY reads_other ON kept USING (EXISTS (SELECT FROM going WHERE going.a = kept.id));
CREATE RULE writes_other AS ON INSERT TO kept DO ALSO INSERT INTO going VALUES (new.id);
CREATE TRIGGER of_column BEFORE UPDATE OF n ON kept FOR EACH ROW EXECUTE FUNCTION noop();
CREATE POLICY of_column ON kept USING (n > 1);
-- after
CREATE TABLE kept (id int);
