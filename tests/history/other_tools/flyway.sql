-- tool: Flyway
-- last: 2.1
CREATE TABLE public.flyway_schema_history (
    installed_rank integer NOT NULL,
    version character varying(50),
    description character varying(200) NOT NULL,
    type character varying(20) NOT NULL,
    script character varying(1000) NOT NULL,
    checksum integer,
    installed_by character varying(100) NOT NULL,
    installed_on timestamp without time zone DEFAULT now() NOT NULL,
    execution_time integer NOT NULL,
    success boolean NOT NULL,
    CONSTRAINT flyway_schema_history_pk PRIMARY KEY (installed_rank)
);
CREATE INDEX flyway_schema_history_s_idx ON public.flyway_schema_history (success);
INSERT INTO public.flyway_schema_history VALUES
    (1, '1', 'Initial', 'SQL', 'V1__Initial.sql', 1996767037, 'app', now(), 546, true),
    (2, '2.1', 'More', 'SQL', 'V2_1__More.sql', 1279644856, 'app', now(), 127, true),
    (3, NULL, 'Views', 'SQL', 'R__Views.sql', 12, 'app', now(), 12, true),
    (4, '3', 'Broken', 'SQL', 'V3__Broken.sql', 7, 'app', now(), 1, false);
