-- What the models of the zoo need, and no model makes.
CREATE SCHEMA IF NOT EXISTS app;
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS bloom;
CREATE COLLATION zoo_caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE zoo_mood AS ENUM ('good', 'it''s bad');
CREATE DOMAIN app.positive AS integer CHECK (VALUE > 0);
CREATE SEQUENCE app.zoo_series INCREMENT BY 10;
CREATE TABLE legacy_table (id integer PRIMARY KEY, name varchar(20), kind integer NOT NULL);
CREATE INDEX legacy_by_kind ON legacy_table (kind);
CREATE VIEW legacy_view AS SELECT id, name FROM legacy_table;
