CREATE TABLE t (a text);
-- after
CREATE TABLE t (a text, z text, g text GENERATED ALWAYS AS (lower(z)) STORED);
