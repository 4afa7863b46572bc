-- tool: dbmate
-- last: 20240101000000
CREATE TABLE public.schema_migrations (
    version character varying NOT NULL PRIMARY KEY
);
INSERT INTO public.schema_migrations VALUES ('20230101000000'), ('20240101000000');
