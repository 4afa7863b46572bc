-- Names are followed: each index is made or dropped under the new one.
CREATE TABLE before (
    a bigint REFERENCES users,
    b bigint REFERENCES users,
    c bigint CONSTRAINT c_before REFERENCES users,
    d bigint REFERENCES users,  -- expect: lint.foreign_key_index
    e bigint REFERENCES users
);
CREATE INDEX ON before (b) WHERE b IS NOT NULL;
CREATE INDEX d_before ON before (d);
ALTER TABLE public.before RENAME COLUMN a TO aa;
ALTER TABLE public.before RENAME b TO bb;
ALTER TABLE before RENAME CONSTRAINT c_before TO c_after;
ALTER TABLE before RENAME TO after;
ALTER TABLE public.after SET SCHEMA app;
ALTER INDEX IF EXISTS d_before RENAME TO d_after;
ALTER INDEX d_after SET (fillfactor = 70);
ALTER TABLE app.after DROP CONSTRAINT c_after;
DROP INDEX app.d_after;
CREATE INDEX ON app.after (aa);
ALTER TABLE app.after RENAME CONSTRAINT after_e_fkey TO e_key, RENAME CONSTRAINT no_such TO nothing;
CREATE INDEX ON app.after (e);
ALTER TABLE users RENAME TO people;
ALTER TABLE people RENAME TO users;
