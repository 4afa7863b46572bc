-- schema.extra staging
CREATE SCHEMA staging;
-- schema.comment app
COMMENT ON SCHEMA app IS 'A shop';
-- schema.owner app
ALTER SCHEMA app OWNER TO clerk;
-- enum.labels app.mood
ALTER TYPE app.mood ADD VALUE 'angry';
-- enum.labels app.size
ALTER TYPE app.size ADD VALUE 'xs' BEFORE 's';
-- enum.labels app.size
ALTER TYPE app.size RENAME VALUE 'm' TO 'medium';
-- enum.comment app.mood
COMMENT ON TYPE app.mood IS 'How they feel';
-- enum.owner app.size
ALTER TYPE app.size OWNER TO clerk;
-- enum.extra app.colour
CREATE TYPE app.colour AS ENUM ('red', 'blue');
-- enum.renamed app.size
ALTER TYPE app.size RENAME TO sizes;
-- composite.attributes app.address
ALTER TYPE app.address ADD ATTRIBUTE country text CASCADE;
-- composite.attributes app.address
ALTER TYPE app.address DROP ATTRIBUTE zip CASCADE;
-- composite.extra app.point3
CREATE TYPE app.point3 AS (x int, y int, z int);
-- composite.owner app.address
ALTER TYPE app.address OWNER TO clerk;
-- range.missing app.price_range
DROP TYPE app.price_range;
-- range.subtype app.price_range
DROP TYPE app.price_range;
CREATE TYPE app.price_range AS RANGE (subtype = double precision, multirange_type_name = app.price_multirange);
-- range.owner app.price_range
ALTER TYPE app.price_range OWNER TO clerk;
-- domain.default app.percent
ALTER DOMAIN app.percent SET DEFAULT 1;
-- domain.nullable app.percent
ALTER DOMAIN app.percent DROP NOT NULL;
-- domain.constraints app.percent
ALTER DOMAIN app.percent DROP CONSTRAINT percent_bounds;
-- domain.constraints app.email
ALTER DOMAIN app.email ADD CONSTRAINT email_short CHECK (length(VALUE) < 200);
-- domain.constraints app.email
ALTER DOMAIN app.email DROP CONSTRAINT email_at;
ALTER DOMAIN app.email ADD CONSTRAINT email_at CHECK (VALUE LIKE '%@%') NOT VALID;
-- domain.extra app.short
CREATE DOMAIN app.short AS varchar(10);
-- domain.comment app.email
COMMENT ON DOMAIN app.email IS 'An address';
-- collation.extra app.by_posix
CREATE COLLATION app.by_posix (provider = libc, locale = 'POSIX');
-- collation.owner app.by_bytes
ALTER COLLATION app.by_bytes OWNER TO clerk;
-- extension.extra hstore
CREATE EXTENSION hstore;
-- extension.missing postgres_fdw
-- foreign_server.missing branch
-- foreign_table.missing public.branch_orders
-- user_mapping.missing reader on branch
DROP EXTENSION postgres_fdw CASCADE;
-- extension.installed_in btree_gist
ALTER EXTENSION btree_gist SET SCHEMA app;
-- sequence.missing app.ticket
DROP SEQUENCE app.ticket;
-- sequence.extra app.invoice_number
CREATE SEQUENCE app.invoice_number;
-- sequence.increment app.order_number
ALTER SEQUENCE app.order_number INCREMENT BY 1;
-- sequence.cache app.order_number
ALTER SEQUENCE app.order_number CACHE 1;
-- sequence.cycle app.order_number
ALTER SEQUENCE app.order_number NO CYCLE;
-- sequence.maximum app.order_number
ALTER SEQUENCE app.order_number MAXVALUE 5000;
-- sequence.minimum app.order_number
ALTER SEQUENCE app.order_number MINVALUE 10;
-- sequence.start app.order_number
ALTER SEQUENCE app.order_number START 2000;
-- sequence.type app.ticket
ALTER SEQUENCE app.ticket AS bigint;
-- sequence.extra public.ticket_lines
CREATE SEQUENCE ticket_lines OWNED BY products.sku;
-- sequence.owned_by public.products_id_seq
ALTER SEQUENCE products_id_seq OWNED BY NONE;
-- sequence.owner app.ticket
ALTER SEQUENCE app.ticket OWNER TO clerk;
-- sequence.persistence app.ticket
ALTER SEQUENCE app.ticket SET UNLOGGED;
-- sequence.renamed app.ticket
ALTER SEQUENCE app.ticket RENAME TO tickets;
-- cast.context (app.mood as text)
DROP CAST (app.mood AS text);
CREATE CAST (app.mood AS text) WITH FUNCTION app.mood_text(app.mood) AS IMPLICIT;
-- cast.missing (app.mood as text)
DROP CAST (app.mood AS text);
-- operator.missing app.=~(integer, integer)
DROP OPERATOR app.=~ (integer, integer);
-- operator.extra app.=~~(integer, integer)
CREATE OPERATOR app.=~~ (LEFTARG = integer, RIGHTARG = integer, FUNCTION = app.near);
-- text_search_configuration.mappings app.shop
ALTER TEXT SEARCH CONFIGURATION app.shop ALTER MAPPING FOR asciiword WITH simple;
-- text_search_configuration.mappings app.shop
ALTER TEXT SEARCH CONFIGURATION app.shop DROP MAPPING FOR email;
-- text_search_dictionary.options app.plain
ALTER TEXT SEARCH DICTIONARY app.plain (stopwords = russian);
-- text_search_dictionary.extra app.fancy
CREATE TEXT SEARCH DICTIONARY app.fancy (TEMPLATE = simple);
