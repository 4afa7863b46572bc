CREATE TABLE p (id int PRIMARY KEY, code text UNIQUE);
CREATE TABLE t (a int, b int, c int CONSTRAINT c_positive CHECK (c > 0), r tsrange,
                CONSTRAINT fk FOREIGN KEY (a) REFERENCES p,
                CONSTRAINT late FOREIGN KEY (b) REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED,
                CONSTRAINT unsure CHECK (b > 0) NO INHERIT);
ALTER TABLE t ADD CONSTRAINT unchecked CHECK (a < 100) NOT VALID;
COMMENT ON CONSTRAINT c_positive ON t IS 'before';
-- after
CREATE TABLE p (id int PRIMARY KEY, code text UNIQUE DEFERRABLE);
CREATE TABLE t (a int, b int, c int CONSTRAINT c_positive CHECK (c >= 0), r tsrange,
                CONSTRAINT fk FOREIGN KEY (a) REFERENCES p ON DELETE SET NULL (a) ON UPDATE RESTRICT
                    DEFERRABLE,
                CONSTRAINT late FOREIGN KEY (b) REFERENCES p (id),
                CONSTRAINT unsure CHECK (b > 0),
                CONSTRAINT unchecked CHECK (a < 100),
                CONSTRAINT together UNIQUE NULLS NOT DISTINCT (a, b) INCLUDE (c),
                CONSTRAINT apart EXCLUDE USING gist (r WITH &&) WHERE (a > 0));
COMMENT ON CONSTRAINT unsure ON t IS 'after';
