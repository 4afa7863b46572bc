-- roles: schema_owner
CREATE SCHEMA app;
COMMENT ON SCHEMA app IS 'what the application keeps';
CREATE SCHEMA "Old one";
CREATE SCHEMA kept;
ALTER SCHEMA kept OWNER TO schema_owner;
CREATE TABLE app.goes (i integer);
-- after
CREATE SCHEMA app AUTHORIZATION schema_owner;
CREATE SCHEMA kept;
COMMENT ON SCHEMA kept IS 'it''s kept';
CREATE SCHEMA "New one" AUTHORIZATION schema_owner;
COMMENT ON SCHEMA "New one" IS 'made';
COMMENT ON SCHEMA public IS NULL;
