-- Indexes that do not help to find the rows of a user.
CREATE TABLE useless (
    a bigint REFERENCES users,  -- expect: lint.foreign_key_index
    b bigint REFERENCES users,  -- expect: lint.foreign_key_index
    c bigint REFERENCES users,  -- expect: lint.foreign_key_index
    d bigint REFERENCES users,  -- expect: lint.foreign_key_index
    e bigint REFERENCES users,  -- expect: lint.foreign_key_index
    f bigint REFERENCES users,  -- expect: lint.foreign_key_index
    g bigint REFERENCES users,  -- expect: lint.foreign_key_index
    h bigint REFERENCES users,  -- expect: lint.foreign_key_index
    i bigint REFERENCES users,  -- expect: lint.foreign_key_index
    j text REFERENCES texts CHECK (j IS JSON WITH UNIQUE KEYS),  -- expect: lint.foreign_key_index
    x bigint,
    EXCLUDE USING gin (h WITH =)
);
CREATE INDEX ON useless (x, a);
CREATE INDEX ON useless (abs(b), b);
CREATE INDEX ON useless ((c + 0), c);
CREATE INDEX ON useless (d) WHERE d > 10;
CREATE INDEX ON useless USING brin (e);
CREATE INDEX ON useless (f) WHERE x IS NOT NULL;
CREATE INDEX ON useless (x) INCLUDE (g);
CREATE INDEX ON useless (g) WHERE g IS NOT NULL OR x IS NULL;
CREATE INDEX ON useless (i) WHERE i IS NOT NULL AND i > 0;
CREATE INDEX ON other_schema.useless (x);
CREATE TABLE app.schema_counts (
    a bigint REFERENCES users  -- expect: lint.foreign_key_index
);
CREATE INDEX ON web.schema_counts (a);
CREATE TABLE IF NOT EXISTS web.schema_counts (
    b bigint REFERENCES users  -- expect: lint.foreign_key_index
);
