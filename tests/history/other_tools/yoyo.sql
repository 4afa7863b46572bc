-- tool: yoyo
-- last: 0002.two
CREATE TABLE public._yoyo_log (
    id character varying(36) NOT NULL PRIMARY KEY,
    migration_hash character varying(64),
    migration_id character varying(255),
    operation character varying(10),
    username character varying(255),
    hostname character varying(255),
    comment character varying(255),
    created_at_utc timestamp without time zone
);
CREATE TABLE public._yoyo_migration (
    migration_hash character varying(64) NOT NULL PRIMARY KEY,
    migration_id character varying(255),
    applied_at_utc timestamp without time zone
);
CREATE TABLE public._yoyo_version (
    version integer NOT NULL PRIMARY KEY,
    installed_at_utc timestamp without time zone
);
CREATE TABLE public.yoyo_lock (
    locked integer DEFAULT 1 NOT NULL PRIMARY KEY,
    ctime timestamp without time zone,
    pid integer NOT NULL
);
INSERT INTO public._yoyo_migration VALUES
    ('1bf0ade7', '0001.one', '2024-01-01'), ('c98a7d93', '0002.two', '2024-01-02');
