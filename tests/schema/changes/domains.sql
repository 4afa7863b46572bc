-- roles: domain_owner
CREATE SCHEMA app;
CREATE DOMAIN plain AS integer;
COMMENT ON DOMAIN plain IS 'just a number';
CREATE DOMAIN app."Full" AS varchar(20) COLLATE "C" DEFAULT 'x' NOT NULL
    CONSTRAINT short CHECK (length(VALUE) < 10) CONSTRAINT "Lower one" CHECK (VALUE = lower(VALUE));
ALTER DOMAIN app."Full" ADD CONSTRAINT later CHECK (VALUE <> 'never') NOT VALID;
COMMENT ON CONSTRAINT "Lower one" ON DOMAIN app."Full" IS 'no: capitals';
CREATE DOMAIN checked AS text CONSTRAINT stays CHECK (VALUE <> '');
COMMENT ON CONSTRAINT stays ON DOMAIN checked IS 'said';
CREATE DOMAIN retyped AS integer;
CREATE DOMAIN unused AS text;
CREATE DOMAIN over_another AS app."Full" DEFAULT 'y';
CREATE TABLE t (p plain, f app."Full", r retyped DEFAULT 7, several retyped[]);
CREATE INDEX by_r ON t (r);
INSERT INTO t VALUES (1, 'y', 2, '{3,4}');
-- after
CREATE SCHEMA app;
CREATE DOMAIN plain AS integer DEFAULT 4 NOT NULL CONSTRAINT positive CHECK (VALUE > 0);
ALTER DOMAIN plain OWNER TO domain_owner;
CREATE DOMAIN app."Full" AS varchar(20) COLLATE "C"
    CONSTRAINT short CHECK (length(VALUE) < 15) CONSTRAINT later CHECK (VALUE <> 'never');
COMMENT ON CONSTRAINT short ON DOMAIN app."Full" IS 'it''s short';
CREATE DOMAIN checked AS text CONSTRAINT stays CHECK (VALUE <> '');
CREATE DOMAIN retyped AS bigint CONSTRAINT small CHECK (VALUE < 100);
COMMENT ON CONSTRAINT small ON DOMAIN retyped IS 'small';
CREATE DOMAIN unused AS text COLLATE "C";
CREATE DOMAIN made AS text;
ALTER DOMAIN made ADD CONSTRAINT not_yet CHECK (VALUE <> '') NOT VALID;
CREATE TABLE t (p plain, f app."Full", r retyped DEFAULT 7, several retyped[]);
CREATE INDEX by_r ON t (r);
INSERT INTO t VALUES (1, 'y', 2, '{3,4}');
