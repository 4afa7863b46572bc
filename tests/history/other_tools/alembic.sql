-- tool: Alembic
-- last: 1975ea83b712, aa016fa3dfa5
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO public.alembic_version VALUES ('aa016fa3dfa5'), ('1975ea83b712');
