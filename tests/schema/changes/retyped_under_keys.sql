CREATE TABLE p (id integer PRIMARY KEY, code varchar(10) UNIQUE);
CREATE TABLE c (p integer CONSTRAINT by_id REFERENCES p, code varchar(10) CONSTRAINT by_code REFERENCES p (code),
                CONSTRAINT p_over CHECK (p > 0), g integer GENERATED ALWAYS AS (p + 1) STORED UNIQUE);
CREATE INDEX c_p ON c (p) WHERE p > 5;
CREATE INDEX c_code ON c (lower(code));
-- after
CREATE TABLE p (id bigint PRIMARY KEY, code integer UNIQUE);
CREATE TABLE c (p bigint CONSTRAINT by_id REFERENCES p, code integer CONSTRAINT by_code REFERENCES p (code),
                CONSTRAINT p_over CHECK (p > 0), g bigint GENERATED ALWAYS AS (p + 2) STORED UNIQUE);
CREATE INDEX c_p ON c (p) WHERE p > 5;
CREATE INDEX c_code ON c (abs(code));
