"""Statements about the triggers by which PostgreSQL keeps a constraint.

Their names differ from database to database: a statement finds them by their constraint.
"""

from __future__ import annotations

from schema_tools.keys import Key
from schema_tools.schema.names import literal, quoted
from schema_tools.schema.parts.enabling import ENABLED, VERBS

_EACH = """DO $$
DECLARE
    internal name;
BEGIN
    FOR internal IN
        SELECT t.tgname
          FROM pg_catalog.pg_trigger t
          JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint
         WHERE t.tgisinternal
           AND t.tgrelid = {table}::pg_catalog.regclass
           AND k.conrelid = {of}::pg_catalog.regclass
           AND k.conname = {constraint}
    LOOP
        EXECUTE pg_catalog.format({action}, internal);
    END LOOP;
END $$"""


def set_state(table: Key, constraint: Key, state: str, *, alone: bool) -> str:
    """Return the statement that enables or disables what keeps a constraint on a table.

    ``alone`` says that all triggers of the table are to be enabled, so that one command does.
    """
    name = _printed(table.schema, table.name)
    if alone and state == ENABLED:
        return f"ALTER TABLE ONLY {name} ENABLE TRIGGER ALL"
    action = f"ALTER TABLE ONLY {name.replace('%', '%%')} {VERBS[state]} TRIGGER %I"
    return _EACH.format(
        table=literal(name),
        of=literal(_printed(constraint.schema, constraint.table)),
        constraint=literal(constraint.name),
        action=literal(action),
    )


def _printed(schema: str, name: str) -> str:
    return f"{quoted(schema)}.{quoted(name)}"
