"""A database that was given to us to be emptied, where none can be made beside it."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from schema_tools.errors import ScratchUnavailable
from schema_tools.postgres.scratch_server import Scratch, ScratchDatabase

Connection = psycopg.Connection[Any]

_LOCK = int.from_bytes(b"scratch")
_POLL = 0.2

# One by one: a schema of thousands of tables needs more locks at once than a server has.
_RELATIONS = """
SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                      WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""
# Extensions go first: the rest may be theirs.
_OBJECTS = """
SELECT 'EXTENSION', pg_catalog.quote_ident(e.extname)
  FROM pg_catalog.pg_extension e WHERE e.oid >= 16384
UNION ALL
SELECT 'SCHEMA', pg_catalog.quote_ident(n.nspname)
  FROM pg_catalog.pg_namespace n
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'PUBLICATION', pg_catalog.quote_ident(p.pubname) FROM pg_catalog.pg_publication p
UNION ALL
SELECT 'EVENT TRIGGER', pg_catalog.quote_ident(t.evtname) FROM pg_catalog.pg_event_trigger t
UNION ALL
SELECT 'FOREIGN DATA WRAPPER', pg_catalog.quote_ident(w.fdwname)
  FROM pg_catalog.pg_foreign_data_wrapper w
UNION ALL
SELECT 'CAST', '(' || pg_catalog.format_type(c.castsource, NULL) || ' AS '
                   || pg_catalog.format_type(c.casttarget, NULL) || ')'
  FROM pg_catalog.pg_cast c WHERE c.oid >= 16384
UNION ALL
SELECT 'LANGUAGE', pg_catalog.quote_ident(l.lanname)
  FROM pg_catalog.pg_language l WHERE l.oid >= 16384
"""
_DEFAULTS = """
SELECT pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(d.defaclrole)), d.defaclobjtype::text,
       CASE a.grantee WHEN 0 THEN 'PUBLIC'
            ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END
  FROM pg_catalog.pg_default_acl d
 CROSS JOIN pg_catalog.aclexplode(d.defaclacl) a
 WHERE d.defaclnamespace = 0
"""
# What default privileges are for, and what everybody may do with it where nobody has changed them.
_PRIVILEGES_ON = {
    "r": ("TABLES", ""),
    "S": ("SEQUENCES", ""),
    "f": ("FUNCTIONS", "EXECUTE"),
    "T": ("TYPES", "USAGE"),
    "n": ("SCHEMAS", ""),
    "L": ("LARGE OBJECTS", ""),
}
# The schema public as it is in a new database.
_PUBLIC = (
    "CREATE SCHEMA public AUTHORIZATION pg_database_owner",
    "COMMENT ON SCHEMA public IS 'standard public schema'",
    "GRANT USAGE ON SCHEMA public TO PUBLIC",
)


class GivenDatabase(Scratch):
    """One database, that has our mark: it is emptied before each use and at the end.

    Only what was created last is there: an earlier one is gone, but as the template of the next
    one, which it turns into.
    """

    makes_several = False
    wait = 0.0
    """The seconds that another run may keep the database before that is an error."""

    _held = False

    def create(self, *, template: ScratchDatabase | None = None) -> ScratchDatabase:
        """Return the database, empty or as it was left; raise ScratchUnavailable if it is not."""
        control = self.control()
        self._hold(control)
        name = control.info.dbname
        if template is None:
            self._empty(control)
            self._made = [name]
        return self._prepared(name, owner="", is_copy=template is not None)

    def drop_left_over(self) -> None:
        """Leave what a killed run has left: it is emptied before use."""

    def let_go(self, *databases: ScratchDatabase) -> None:
        """Leave it: it is emptied at the end, or before the next use."""

    def drop_all(self) -> None:
        """Empty the database if it was used."""
        if self._made and self._control is not None:
            self._empty(self._control)
            self._made.clear()

    def _hold(self, control: Connection) -> None:
        """Keep other runs away until the connection ends."""
        deadline = time.monotonic() + self.wait
        while not self._held:
            row = control.execute("SELECT pg_catalog.pg_try_advisory_lock(%s)", (_LOCK,))
            self._held = row.fetchone() == (True,)
            if not self._held and time.monotonic() > deadline:
                raise ScratchUnavailable(
                    f"another run is using {self.where}, database {control.info.dbname}",
                    hint="Wait for it to end, raise LOCK_WAIT, or give each run one of its own.",
                )
            if not self._held:
                time.sleep(_POLL)

    def _empty(self, control: Connection) -> None:
        try:
            _drop_everything(control)
        except psycopg.Error as error:
            raise ScratchUnavailable(
                f"{self.where}: database {control.info.dbname} could not be emptied: {error}",
                hint="Let the role of SCRATCH own the database and all that is in it.",
            ) from error


def _drop_everything(control: Connection) -> None:
    control.execute("SET client_min_messages = warning")
    for query in (_RELATIONS, _OBJECTS):
        for kind, name in control.execute(query.encode()).fetchall():
            control.execute(f"DROP {kind} IF EXISTS {name} CASCADE".encode())
    for role, letter, grantee in control.execute(_DEFAULTS.encode()).fetchall():
        what, everybody = _PRIVILEGES_ON[letter]
        alter = f"ALTER DEFAULT PRIVILEGES FOR ROLE {role}"
        control.execute(f"{alter} REVOKE ALL ON {what} FROM {grantee}".encode())
        control.execute(f"{alter} GRANT ALL ON {what} TO {role}".encode())
        if everybody:
            control.execute(f"{alter} GRANT {everybody} ON {what} TO PUBLIC".encode())
    for statement in _PUBLIC:
        control.execute(statement.encode())
