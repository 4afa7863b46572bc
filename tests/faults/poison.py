"""A schema that has another of everything that pg_catalog has, and counts who asks for it."""

from __future__ import annotations

import time
from typing import Any

# Functions and operators answer with NULL, so that what relies on them goes wrong; views and
# types ask one. Its calls are counted at the end of each session, also of those that only read.
SQL = """
CREATE SCHEMA evil;
DO $poison$
DECLARE
    it record;
    body CONSTANT text := 'LANGUAGE plpgsql AS ''BEGIN RETURN NULL; END''';
    yes CONSTANT text := replace(body, 'NULL', 'true');
    pseudo CONSTANT oid[] := ARRAY(SELECT oid FROM pg_type WHERE typtype = 'p');
BEGIN
    FOR it IN
        SELECT p.proname, p.prorettype::regtype AS result,
               array_to_string(ARRAY(SELECT t::regtype FROM unnest(p.proargtypes) t), ', ') AS of
          FROM pg_proc p
         WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f'
           AND NOT p.proretset AND p.provariadic = 0
           AND NOT p.proargtypes::oid[] && pseudo AND p.prorettype <> ALL (pseudo)
           AND p.proname ~ '^(pg_|has_|format|current|set_config|version|now|lower|upper|host'
                           '|split|substr|strpos|starts|regexp|array|obj|col_|shobj|to_reg|quote)'
    LOOP
        EXECUTE format('CREATE FUNCTION evil.%I(%s) RETURNS %s %s',
                       it.proname, it.of, it.result, body);
    END LOOP;
    FOR it IN
        SELECT o.oid, o.oprname, o.oprleft::regtype AS one, o.oprright::regtype AS other,
               o.oprresult::regtype AS result
          FROM pg_operator o
         WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprkind = 'b'
           AND NOT ARRAY[o.oprleft, o.oprright, o.oprresult] && pseudo
           AND o.oprname IN ('=', '<>', '<', '>', '<=', '>=', '~', '!~', '||', '~~', '-', '+')
    LOOP
        EXECUTE format('CREATE FUNCTION evil.operator_%s(%s, %s) RETURNS %s %s',
                       it.oid, it.one, it.other, it.result, body);
        EXECUTE format(
            'CREATE OPERATOR evil.%s (FUNCTION = evil.operator_%s, LEFTARG = %s, RIGHTARG = %s)',
            it.oprname, it.oid, it.one, it.other);
    END LOOP;
    FOR it IN
        SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
          FROM pg_class c
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND a.atttypid <> ALL (pseudo)
         WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v')
           AND c.relname NOT LIKE 'pg_statistic%'
         GROUP BY 1
    LOOP
        EXECUTE format('CREATE FUNCTION evil.view_%s() RETURNS bool %s', it.relname, yes);
        EXECUTE format('CREATE VIEW evil.%I AS SELECT %s FROM pg_catalog.%1$I '
                       'WHERE evil.view_%1$s()',
                       it.relname, it.columns);
    END LOOP;
    FOR it IN
        SELECT unnest(ARRAY['text', 'name', 'oid', 'char', 'int4', 'int8', 'bool',
                            'regclass', 'regtype', 'json', 'jsonb']) AS type
    LOOP
        EXECUTE format('CREATE FUNCTION evil.type_%s() RETURNS bool %s', it.type, yes);
        EXECUTE format('CREATE DOMAIN evil.%I AS pg_catalog.%1$I CHECK (evil.type_%1$s())',
                       it.type);
    END LOOP;
END
$poison$;
"""

CALLED = """
SELECT f.funcname, coalesce(o.oid::regoperator::text, ''), f.calls
  FROM pg_stat_user_functions f
  LEFT JOIN pg_operator o ON o.oprcode = f.funcid
 WHERE f.schemaname = 'evil' ORDER BY 1, 2
"""
OTHERS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
   AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def send_through(database: Any) -> None:
    """Put the schema before pg_catalog in the search path of every session to come."""
    for setting in ("search_path = evil, pg_catalog, public", "track_functions = 'all'"):
        database.execute(f"ALTER DATABASE {database.name} SET {setting}")


def calls(database: Any) -> list[Any]:
    """Return which of its functions were called so far."""
    with database.connect() as connection:
        connection.execute("SET search_path = pg_catalog, public; SET track_functions = 'none'")
        # A session tells its counts when it ends, a moment after it was closed.
        deadline = time.monotonic() + 120
        while connection.execute(OTHERS).fetchone() != (0,):
            assert time.monotonic() < deadline, "another session stays"
            time.sleep(0.01)
        return connection.execute(CALLED).fetchall()
