-- roles: reader
DO $do$
DECLARE
    here text := format('ALTER DATABASE %I', current_database());
    reader text := format('ALTER ROLE reader IN DATABASE %I', current_database());
BEGIN
    EXECUTE here || ' SET work_mem = ''5MB''';
    EXECUTE here || ' SET search_path TO "$user", "a, b", public';
    EXECUTE here || ' SET my.going = ''x''';
    EXECUTE reader || ' SET statement_timeout = ''1s''';
END $do$;
-- after
DO $do$
DECLARE
    here text := format('ALTER DATABASE %I', current_database());
    reader text := format('ALTER ROLE reader IN DATABASE %I', current_database());
BEGIN
    EXECUTE here || ' SET work_mem = ''6MB''';
    EXECUTE here || ' SET search_path TO ''''';
    EXECUTE here || ' SET my.text = ''100% of $$ it''''s \ "quoted"''';
    EXECUTE reader || ' SET search_path TO app, "Odd"';
    EXECUTE reader || ' SET application_name = ''%m [%p] ''';
END $do$;
