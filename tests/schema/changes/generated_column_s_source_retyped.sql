CREATE TABLE t (a integer, g integer GENERATED ALWAYS AS (a * 2) STORED);
-- after
CREATE TABLE t (a smallint, g integer GENERATED ALWAYS AS (a * 2) STORED);
