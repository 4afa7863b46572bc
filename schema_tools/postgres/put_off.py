"""What a replay puts off until its schema is read, since it would be in the way of the rest.

Owners that the replay's role cannot be, and what is set for the database as a whole. It is done in
a transaction that is rolled back after the reading, with the rights of the connection's own role.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import errors

from schema_tools.findings import NotChecked
from schema_tools.history.replay_form import Owner
from schema_tools.postgres.replay_failure import words

Connection = psycopg.Connection[Any]

# The catalog that holds objects, and how the server finds one by its name.
_CATALOGS = {
    "TABLE": ("pg_class", "to_regclass"),
    "FOREIGN TABLE": ("pg_class", "to_regclass"),
    "VIEW": ("pg_class", "to_regclass"),
    "MATERIALIZED VIEW": ("pg_class", "to_regclass"),
    "SEQUENCE": ("pg_class", "to_regclass"),
    "SCHEMA": ("pg_namespace", "to_regnamespace"),
    "TYPE": ("pg_type", "to_regtype"),
    "DOMAIN": ("pg_type", "to_regtype"),
    "FUNCTION": ("pg_proc", "to_regprocedure"),
    "PROCEDURE": ("pg_proc", "to_regprocedure"),
    "ROUTINE": ("pg_proc", "to_regprocedure"),
    "AGGREGATE": ("pg_proc", "to_regprocedure"),
}
_NAMED = re.compile(
    rf"({'|'.join(sorted(_CATALOGS, key=len, reverse=True))})\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?"
    r"(.+)\Z",
    re.IGNORECASE | re.DOTALL,
)
_FIND = """
SELECT 'pg_catalog.{catalog}'::pg_catalog.regclass::pg_catalog.oid,
       pg_catalog.{function}(%s)::pg_catalog.oid
"""
_IDENTIFY = """
SELECT pg_catalog.upper(type), identity FROM pg_catalog.pg_identify_object(%s, %s, 0)
"""
_PATH = "SELECT pg_catalog.set_config('search_path', %s, true)"
_EVENT_TRIGGERS = """
SELECT pg_catalog.quote_ident(e.evtname),
       CASE e.evtenabled WHEN 'R' THEN 'REPLICA' WHEN 'A' THEN 'ALWAYS' ELSE '' END
  FROM pg_catalog.pg_event_trigger e WHERE e.evtenabled <> 'D'
"""
# It was dropped later in the files.
_GONE = (
    errors.UndefinedTable,
    errors.UndefinedObject,
    errors.UndefinedFunction,
    errors.InvalidSchemaName,
)
_MISSING_ROLE = re.compile(r'role ".*" does not exist')


@dataclass(frozen=True, slots=True)
class _Step:
    """A statement for later, with the search path of its place.

    An owner's object is known by its place in the catalogs, so that it may get another name.
    """

    text: str
    what: str
    search_path: str
    role: str = ""
    found: tuple[int, int] | None = None
    may_be_gone: bool = False


@dataclass(slots=True)
class PutOff:
    """The statements of one replay for later, in their order."""

    connection: Connection
    steps: list[_Step] = field(default_factory=list)

    @property
    def owners(self) -> frozenset[str]:
        """Return the roles that get something, as SQL."""
        return frozenset(step.role for step in self.steps if step.role)

    def run(self, text: str, what: str, *, may_be_gone: bool = False) -> None:
        """Put off a statement; ``what`` says for a person where it stands.

        What it is about ``may_be_gone`` by then without a word.
        """
        step = _Step(text, what, self._search_path(), may_be_gone=may_be_gone)
        self.steps.append(step)

    def give(self, owner: Owner, what: str) -> None:
        """Put off making somebody the owner of what has this name now."""
        text = f"ALTER {owner.of} OWNER TO {owner.role}"
        found = self._find(owner.of)
        step = _Step(text, what, self._search_path(), owner.role, found, may_be_gone=True)
        self.steps.append(step)

    @contextmanager
    def done(self) -> Iterator[tuple[NotChecked, ...]]:
        """Do it all until the block ends; yield what could not be done."""
        if not self.steps:
            yield ()
            return
        with self.connection.transaction(force_rollback=True):
            self.connection.execute("RESET SESSION AUTHORIZATION")
            with without_event_triggers(self.connection):
                failures = [failure for step in self.steps if (failure := self._do(step))]
            yield tuple(failures)

    def _do(self, step: _Step) -> NotChecked | None:
        try:
            with self.connection.transaction():
                self.connection.execute(_PATH, (step.search_path,))
                if text := self._text(step):
                    self.connection.execute(text.encode())
        except psycopg.Error as error:
            gone = isinstance(error, _GONE) and not _MISSING_ROLE.search(words(error))
            if not (gone and step.may_be_gone):
                return NotChecked(step.what, f"not replayed: {words(error)}")
        return None

    def _text(self, step: _Step) -> str:
        """Return the statement with the present name of its object, "" if that is gone."""
        if step.found is None:
            return step.text
        row = self.connection.execute(_IDENTIFY, step.found).fetchone()
        if row is None or row[0] is None or row[1] is None:
            return ""
        return f"ALTER {row[0]} {row[1]} OWNER TO {step.role}"

    def _find(self, of: str) -> tuple[int, int] | None:
        """Return catalog and number of an object; None for one that is found by its name only."""
        match = _NAMED.match(of)
        if match is None:
            return None
        catalog, function = _CATALOGS[" ".join(match[1].upper().split())]
        query = _FIND.replace("{catalog}", catalog).replace("{function}", function)
        try:
            with self.connection.transaction():
                row = self.connection.execute(query.encode(), (match[2].strip(),)).fetchone()
        except psycopg.Error:  # arguments with names, say
            return None
        return (row[0], row[1]) if row and row[1] else None

    def _search_path(self) -> str:
        row = self.connection.execute("SHOW search_path").fetchone()
        return str(row[0]) if row else ""


def has_event_triggers(connection: Connection) -> bool:
    """Return whether event triggers may fire in the database."""
    return connection.execute(_EVENT_TRIGGERS).fetchone() is not None


@contextmanager
def without_event_triggers(connection: Connection) -> Iterator[None]:
    """Let no event trigger fire: its function would have the rights of the moment."""
    triggers = connection.execute(_EVENT_TRIGGERS).fetchall()
    for name, _state in triggers:
        connection.execute(f"ALTER EVENT TRIGGER {name} DISABLE".encode())
    try:
        yield
    finally:
        for name, state in triggers:
            connection.execute(f"ALTER EVENT TRIGGER {name} ENABLE {state}".encode())
