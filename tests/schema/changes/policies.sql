-- roles: test_reader, Test writer
CREATE TABLE t (a int, owner text);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE TABLE allowed (who text);
CREATE POLICY going ON t;
CREATE POLICY conditions ON t USING (a > 1);
CREATE POLICY roles ON t TO test_reader, "Test writer" USING (true);
CREATE POLICY command ON t FOR SELECT USING (true);
CREATE POLICY restricts ON t USING (owner = CURRENT_USER) WITH CHECK (a < 9);
COMMENT ON POLICY roles ON t IS 'before';
-- after
CREATE TABLE t (a int, owner text);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE TABLE allowed (who text);
CREATE FUNCTION mine(text) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT $1 = CURRENT_USER';
CREATE POLICY conditions ON t USING (a > 2 AND mine(owner)) WITH CHECK (a < 8);
CREATE POLICY roles ON t TO "Test writer" USING (true);
CREATE POLICY command ON t FOR INSERT WITH CHECK (true);
CREATE POLICY restricts ON t AS RESTRICTIVE USING (owner = CURRENT_USER);
CREATE POLICY "New one" ON t FOR UPDATE TO test_reader
    USING (EXISTS (SELECT FROM allowed WHERE who = t.owner)) WITH CHECK (a > 0);
COMMENT ON POLICY "New one" ON t IS 'it''s new';
