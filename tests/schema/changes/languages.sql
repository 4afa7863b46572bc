-- roles: language_owner
CREATE LANGUAGE changed HANDLER plpgsql_call_handler;
COMMENT ON LANGUAGE changed IS 'only a handler';
CREATE TRUSTED LANGUAGE gone HANDLER plpgsql_call_handler VALIDATOR plpgsql_validator;
CREATE FUNCTION f() RETURNS integer LANGUAGE gone AS 'BEGIN RETURN 1; END';
CREATE LANGUAGE kept HANDLER plpgsql_call_handler;
-- after
CREATE TRUSTED LANGUAGE changed HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler
    VALIDATOR plpgsql_validator;
CREATE LANGUAGE kept HANDLER plpgsql_call_handler;
ALTER LANGUAGE kept OWNER TO language_owner;
COMMENT ON LANGUAGE kept IS 'it''s kept';
CREATE LANGUAGE "Mine" HANDLER plpgsql_call_handler VALIDATOR plpgsql_validator;
CREATE FUNCTION f() RETURNS integer LANGUAGE "Mine" AS 'BEGIN RETURN 1; END';
