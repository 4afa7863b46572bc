"""Settings of the database: ALTER DATABASE … SET, and ALTER ROLE … IN DATABASE … SET.

There is no form of these statements that does not name the database: drafts put the name in when
they run (``schema.parts.name_free``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.schema.names import literal, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.fdw_options import HIDDEN
from schema_tools.schema.parts.name_free import in_this_database, percent_doubled

QUERY = """
SELECT v.parameter || COALESCE(' for ' || r.role, '') AS name,
       '' AS schema,
       CASE WHEN v.parameter ~* '(password|secret|(^|[._])key($|[._]))' THEN '{hidden}'
            ELSE v.value END AS value,
       v.parameter AS parameter,
       COALESCE(r.role, '') AS role
  FROM pg_catalog.pg_db_role_setting s
  JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
 CROSS JOIN LATERAL (
       SELECT CASE WHEN s.setrole = 0 THEN NULL
                   WHEN pg_catalog.pg_get_userbyid(s.setrole) = ANY (%(runners)s)
                   THEN 'CURRENT_USER'
                   ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(s.setrole)) END AS role
       ) r
 CROSS JOIN LATERAL (
       SELECT pg_catalog.split_part(c.pair, '=', 1) AS parameter,
              pg_catalog.substr(c.pair, pg_catalog.strpos(c.pair, '=') + 1) AS value
         FROM pg_catalog.unnest(s.setconfig) c (pair)) v
 WHERE d.datname = pg_catalog.current_database()
""".replace("{hidden}", HIDDEN)
# PostgreSQL's parameters whose value is a list of names (GUC_LIST_QUOTE in guc_tables.c): the list
# is stored as one text, but as one text it would be a single name.
_LISTS = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)
_LIST_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,"\s]+))\s*(?:,|\Z)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(SchemaObject):
    """The value that a parameter has in sessions of this database, of everybody or of a role."""

    value: str = ""
    # Both are told by the name.
    parameter: str = field(default="", compare=False)
    role: str = field(default="", compare=False)


def describe(found: Setting) -> str:
    """Return the parameter with its value."""
    return f"{found.name} = {found.value}"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft the SET or RESET, for the database in which it will run."""
    found = change.after or change.before
    if not isinstance(found, Setting):
        return Draft(())
    alter = f"ALTER ROLE {percent_doubled(found.role)} IN DATABASE %I" if found.role else ""
    alter = alter or "ALTER DATABASE %I"
    parameter = percent_doubled(".".join(map(quoted, found.parameter.split("."))))
    if change.after is None:
        return Draft((in_this_database(f"{alter} RESET {parameter}"),))
    if found.value == HIDDEN:
        caution = f"Set {found.name} by hand: its value is not read, since it may be a secret."
        return Draft((), safe=False, caution=caution)
    value = percent_doubled(_sql(found))
    return Draft((in_this_database(f"{alter} SET {parameter} TO {value}"),))


def _sql(found: Setting) -> str:
    if found.parameter.lower() not in _LISTS:
        return literal(found.value)
    items = [
        quoted_item.replace('""', '"') if quoted_item else plain
        for quoted_item, plain in _LIST_ITEM.findall(found.value)
    ]
    return ", ".join(map(literal, items)) or "''"


KIND = Kind(
    name="setting",
    type=Setting,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_db_role_setting m",
    draft=draft,
    describe=describe,
    severities={"extra": Severity.WARNING},
)
