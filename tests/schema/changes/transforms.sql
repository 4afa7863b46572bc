CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('good');
CREATE LANGUAGE mine HANDLER plpgsql_call_handler;
CREATE TRANSFORM FOR app.mood LANGUAGE mine (FROM SQL WITH FUNCTION prsd_lextype(internal));
COMMENT ON TRANSFORM FOR app.mood LANGUAGE mine IS 'one way';
CREATE TRANSFORM FOR integer LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal),
    TO SQL WITH FUNCTION int4recv(internal));
-- after
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('good');
CREATE LANGUAGE mine HANDLER plpgsql_call_handler;
CREATE TRANSFORM FOR app.mood LANGUAGE mine (FROM SQL WITH FUNCTION dispell_init(internal));
CREATE TRANSFORM FOR integer LANGUAGE sql (TO SQL WITH FUNCTION int4recv(internal));
COMMENT ON TRANSFORM FOR integer LANGUAGE sql IS 'it''s the other way';
CREATE TRANSFORM FOR bigint LANGUAGE mine (TO SQL WITH FUNCTION int8recv(internal));
