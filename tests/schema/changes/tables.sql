CREATE TABLE kept (id int PRIMARY KEY);
CREATE TABLE going (id int PRIMARY KEY, kept_id int REFERENCES kept ON DELETE CASCADE);
COMMENT ON TABLE kept IS 'before';
-- after
CREATE TABLE kept (id int PRIMARY KEY);
CREATE TABLE b_first (id int PRIMARY KEY, a_id int, n int CHECK (n > 0), UNIQUE (n, id));
CREATE TABLE a_second (id int PRIMARY KEY, b_id int REFERENCES b_first,
                                kept_id int REFERENCES kept ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE b_first ADD CONSTRAINT back FOREIGN KEY (a_id) REFERENCES a_second (id) ON UPDATE CASCADE;
CREATE INDEX by_n ON b_first (n DESC) WHERE n > 3;
COMMENT ON TABLE a_second IS 'new';
COMMENT ON COLUMN a_second.id IS 'the id';
CREATE TABLE empty ();
