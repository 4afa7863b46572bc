-- tool: golang-migrate
-- last: 4 (dirty)
CREATE TABLE public.schema_migrations (
    version bigint NOT NULL PRIMARY KEY,
    dirty boolean NOT NULL
);
INSERT INTO public.schema_migrations VALUES (4, true);
