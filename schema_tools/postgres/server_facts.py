"""What a server is and how it is set: all that decides what the same SQL makes there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import psycopg

from schema_tools.postgres.trust import catalog_first, catalog_rows

Connection = psycopg.Connection[Any]

# These say where and how a server runs, not what statements make on it, or are the session's own.
_WITHOUT_EFFECT = re.compile(
    r"(log_|ssl|wal_|archive_|autovacuum|transaction_|unix_socket_|shared_memory_|config_file)"
    r"|\A(port|listen_addresses|cluster_name|external_pid_file|application_name|in_hot_standby"
    r"|client_encoding|hba_file|ident_file|data_directory|is_superuser|session_authorization)\Z"
)

_FACTS = """
WITH own_settings AS (
  SELECT o.setdatabase::int8, o.setrole::int8,
         pg_catalog.lower(pg_catalog.split_part(c, '=', 1)) AS name,
         pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value
    FROM pg_catalog.pg_db_role_setting o
    JOIN pg_catalog.pg_database d
      ON o.setdatabase IN (0, d.oid) AND d.datname = pg_catalog.current_database()
    JOIN pg_catalog.pg_roles u ON o.setrole IN (0, u.oid) AND u.rolname = SESSION_USER
   CROSS JOIN pg_catalog.unnest(o.setconfig) c
)
SELECT pg_catalog.pg_backend_pid() AS backend,
       pg_catalog.pg_is_in_recovery() AS standby,
       (SELECT o.rolsuper FROM pg_catalog.pg_roles o WHERE o.rolname = SESSION_USER) AS superuser,
       r.rolsuper OR r.rolcreatedb AS may_create,
       pg_catalog.version() AS version,
       ARRAY[SESSION_USER, CURRENT_USER]::text[] AS roles,
       (SELECT pg_catalog.to_jsonb(d)
                 - '{oid,datfrozenxid,datminmxid,datacl,datlastsysoid}'::text[]
          FROM pg_catalog.pg_database d WHERE d.datname = 'template0') AS template,
       (SELECT pg_catalog.jsonb_object_agg(s.name, s.reset_val)
          FROM pg_catalog.pg_settings s
         WHERE s.reset_val IS DISTINCT FROM s.boot_val OR s.name ~ '[.]') AS settings,
       (SELECT pg_catalog.jsonb_object_agg(c.name, c.value ORDER BY c.setrole)
          FROM own_settings c
          LEFT JOIN pg_catalog.pg_settings s ON pg_catalog.lower(s.name) = c.name
         WHERE c.setdatabase <> 0
           AND (s.context = 'user' OR s.name IS NULL)) AS own,
       (SELECT pg_catalog.jsonb_agg(ARRAY[c.name, c.value]
                                    ORDER BY c.setdatabase, c.setrole, c.name)
          FROM own_settings c WHERE c.name ~ '[.]') AS custom
  FROM pg_catalog.pg_roles r
 WHERE r.rolname = CURRENT_USER
"""
_ROLES = "SELECT r.rolname::text, r.rolsuper FROM pg_catalog.pg_roles r ORDER BY 1"
_EXTENSIONS = "SELECT name::text, default_version FROM pg_catalog.pg_available_extensions"
# Whose functions are all that PostgreSQL's own are: none makes what chance or time decide.
_HARMLESS = [
    *(
        "btree_gin btree_gist citext cube earthdistance fuzzystrmatch hstore intarray isn lo ltree"
        " pg_trgm pgcrypto plpgsql seg tablefunc unaccent uuid-ossp"
    ).split(),
    *("postgis postgis_raster postgis_topology".split()),
]
_VOLATILE = """
SELECT DISTINCT p.proname::text
  FROM pg_catalog.pg_extension e
  JOIN pg_catalog.pg_depend d
    ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refobjid = e.oid
   AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.deptype = 'e'
  JOIN pg_catalog.pg_proc p ON p.oid = d.objid
 WHERE p.provolatile = 'v' AND e.extname <> ALL (%s)
"""
_NAMES_ROLES = re.compile(
    r"\b(role|user|owner|owned|grant|revoke|policy|authorization|privileges|pg_roles|pg_authid)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A server as a role sees it.

    ``own`` are the settings that the connection's database has for itself, in which another one
    of the server would differ. ``is_pooled`` says that a pooler stands before the server.
    """

    server_version: int
    is_standby: bool
    is_superuser: bool
    may_create: bool
    is_pooled: bool
    own: tuple[tuple[str, str], ...]
    description: str = field(repr=False)
    """What decides what statements make, as JSON; roles and extensions are not in it."""


def read_facts(connection: Connection) -> ServerFacts:
    """Return the facts in one query, that every role may ask."""
    with (
        catalog_first(connection),
        connection.cursor(row_factory=psycopg.rows.dict_row) as cursor,
    ):
        row: dict[str, Any] = cursor.execute(_FACTS.encode()).fetchone() or {}
    settings = {
        name: value
        for name, value in (row["settings"] or {}).items()
        if not _WITHOUT_EFFECT.match(name)
    }
    decides = [row["version"], row["roles"], row["superuser"], row["template"], settings]
    decides.append(row["custom"])  # pg_settings does not show these
    return ServerFacts(
        server_version=connection.info.server_version,
        is_standby=row["standby"],
        is_superuser=row["superuser"],
        may_create=row["may_create"],
        is_pooled=row["backend"] != connection.info.backend_pid,
        own=tuple(sorted((row["own"] or {}).items())),
        description=json.dumps(decides, sort_keys=True),
    )


def named_things(connection: Connection, text: str) -> str:
    """Return, as JSON, the roles and available extensions that an SQL text may name.

    A statement does another thing where they are missing, or of another version.
    """
    roles, extensions = [], []
    if _NAMES_ROLES.search(text):
        roles = [row for row in catalog_rows(connection, _ROLES) if row[0] in text]
    if "extension" in text.lower():
        found = catalog_rows(connection, _EXTENSIONS)
        extensions = sorted(row for row in found if row[0] in text)
    return json.dumps([roles, extensions])


def calls_an_extension(connection: Connection, code: str) -> bool:
    """Return whether code may call an extension's function that can do anything."""
    names = catalog_rows(connection, _VOLATILE, (_HARMLESS,))
    return any(name in code for (name,) in names)
