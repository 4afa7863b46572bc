-- tool: node-pg-migrate
-- last: 1700000000001_two
CREATE TABLE public.pgmigrations (
    id serial PRIMARY KEY,
    name character varying(255) NOT NULL,
    run_on timestamp without time zone NOT NULL
);
INSERT INTO public.pgmigrations (name, run_on) VALUES
    ('1700000000000_one', now()), ('1700000000001_two', now());
