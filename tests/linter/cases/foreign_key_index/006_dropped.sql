-- What is dropped again needs no index, and is none.
CREATE TABLE gone (user_id bigint REFERENCES users);
CREATE TABLE gone_too (user_id bigint REFERENCES users);
DROP TABLE IF EXISTS gone, public.gone_too CASCADE;

CREATE TABLE twice (LIKE whole INCLUDING ALL);
DROP TABLE twice;
CREATE TABLE twice (
    user_id bigint REFERENCES users  -- expect: lint.foreign_key_index
);

CREATE TABLE IF NOT EXISTS gone (
    user_id bigint REFERENCES users  -- expect: lint.foreign_key_index
);

CREATE SCHEMA attic;
CREATE TABLE attic.old (user_id bigint REFERENCES users);
DROP SCHEMA IF EXISTS attic CASCADE;

CREATE TABLE targets (id bigint PRIMARY KEY);
CREATE TABLE pointing (
    target_id bigint REFERENCES targets,
    other_id  bigint,
    FOREIGN KEY (other_id) REFERENCES public.targets
);
DROP TABLE targets CASCADE;

CREATE TABLE parts (
    a bigint REFERENCES users,
    b bigint REFERENCES users,
    c bigint CONSTRAINT c_named REFERENCES users,
    d bigint REFERENCES users,
    e bigint UNIQUE REFERENCES users,  -- expect: lint.foreign_key_index
    f bigint REFERENCES users,  -- expect: lint.foreign_key_index
    g bigint REFERENCES users,  -- expect: lint.foreign_key_index
    h bigint REFERENCES users
);
CREATE INDEX ON parts (f);
CREATE INDEX parts_g ON parts (g);
CREATE INDEX parts_h ON parts (h);
ALTER TABLE parts
    DROP COLUMN IF EXISTS a,
    DROP b,
    DROP CONSTRAINT c_named,
    DROP CONSTRAINT IF EXISTS parts_d_fkey CASCADE,
    DROP CONSTRAINT parts_e_key;
ALTER TABLE public.parts DROP COLUMN IF EXISTS no_such;
DROP INDEX parts_f_idx;
DROP INDEX CONCURRENTLY IF EXISTS public.parts_g, parts_x;

CREATE TABLE named (
    a bigint REFERENCES users,  -- expect: lint.foreign_key_index
    b bigint REFERENCES users,  -- expect: lint.foreign_key_index
    c bigint,
    d bigint REFERENCES users,  -- expect: lint.foreign_key_index
    e bigint REFERENCES users,  -- expect: lint.foreign_key_index
    f bigint,
    CONSTRAINT named_a PRIMARY KEY (a),
    CONSTRAINT named_b UNIQUE (b),
    CONSTRAINT named_c FOREIGN KEY (c) REFERENCES users,
    PRIMARY KEY (d),
    UNIQUE (e),
    FOREIGN KEY (f) REFERENCES users
);
ALTER TABLE public.named
    DROP CONSTRAINT named_a,
    DROP CONSTRAINT named_b,
    DROP CONSTRAINT named_c,
    DROP CONSTRAINT named_pkey,
    DROP CONSTRAINT named_e_key,
    DROP CONSTRAINT named_f_fkey;
