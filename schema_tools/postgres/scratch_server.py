"""A server that databases of our own can be made on, and such a database.

Nothing is opened or made before it is asked for: who finds what was built last time needs none.
"""

from __future__ import annotations

import itertools
import re
import secrets
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg

from schema_tools.errors import ConfigurationError, ScratchUnavailable, Unavailable
from schema_tools.history.migration import Statement
from schema_tools.postgres.limit import undisturbed
from schema_tools.postgres.marked import PREFIX, SESSION, create_marked, drop, left_over
from schema_tools.postgres.server_facts import ServerFacts, named_things, read_facts
from schema_tools.postgres.session import open_connection

Connection = psycopg.Connection[Any]

# A role that every server has, which may read settings and nothing else: only a superuser can
# become it without having been made a member.
_POWERLESS = "pg_read_all_settings"
# What a role or a server has set for the work of others would stop ours halfway.
_UNHINDERED = (
    ("default_transaction_read_only", "off"),
    ("statement_timeout", "0"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
)
_SINCE_17 = (("transaction_timeout", "0"),)
# For one transaction only: where a pooler lends sessions, nothing may stay set.
_PATIENTLY = (
    b"BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
)
_MAKES_A_ROLE = ("CREATE ROLE", "CREATE USER", "CREATE GROUP")


@dataclass(frozen=True, slots=True)
class ScratchDatabase:
    """A database that nobody else uses; ``params`` are libpq's.

    ``owner`` is a role without rights outside of it, for code that cannot be seen through; ""
    where the role of the connection has none to lose or cannot become another.
    """

    name: str
    params: dict[str, Any] = field(repr=False)
    owner: str = ""
    private: bool = False

    @property
    def owner_params(self) -> dict[str, Any]:
        """Return the parameters with which a session acts as the owner from its start."""
        return with_options(self.params, [("role", self.owner)] if self.owner else [])

    def connect(self, *, search_path: str = "") -> Connection:
        """Open a connection in autocommit mode; the search path is one that a RESET returns to."""
        params = {**self.params, "client_encoding": "UTF8"}
        if search_path:
            params = with_options(params, [("search_path", search_path)])
        return open_connection(params, what=f"scratch database {self.name}")


def with_options(params: dict[str, Any], settings: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return libpq's parameters for a session that starts with these settings."""
    # libpq splits its options at blanks that no backslash stands before.
    escaped = ((name, re.sub(r"([\\\s])", r"\\\1", value)) for name, value in settings)
    options = (f"-c {name}={value}" for name, value in escaped)
    joined = " ".join([str(params.get("options") or ""), *options]).strip()
    return {**params, "options": joined} if joined else dict(params)


class Scratch:
    """A server on which databases can be made; it does not make any by itself.

    ``where`` says for a person which server it is, ``private`` that nothing else is on it.
    ``first_look`` is a connection to it that is open already; without one the server is reached
    when something is first asked of it. ``prelude`` is what runs first in every new database.
    """

    private = False
    is_beside_alias = False
    """Whether it is the server of the alias, reached in the same way."""
    makes_several = True
    """Whether what was created before is still there when the next database is."""

    def __init__(
        self,
        params: Callable[[], dict[str, Any]],
        *,
        where: str,
        first_look: Connection | None = None,
        prelude: tuple[Statement, ...] = (),
    ) -> None:
        self.where = where
        self.prelude = prelude
        self._params = params
        self._look = first_look
        self._facts: ServerFacts | None = None
        self._control: Connection | None = None
        self._run = PREFIX + secrets.token_hex(6)
        self._numbers = itertools.count()
        self._made: list[str] = []
        self._one_by_one = threading.Lock()
        # What is created while all is dropped is either seen by that, or comes after it.
        self._turn = threading.Lock()
        # One after the other: a role may have few connections.
        self._dropper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="schema_tools drop")
        self._let_go: list[list[str]] = []

    @property
    def facts(self) -> ServerFacts:
        """Return what the server is."""
        if self._facts is None:
            self._facts = read_facts(self._look or self.control())
        return self._facts

    @property
    def server_version(self) -> int:
        """Return the version as libpq gives it (180004)."""
        return self.facts.server_version

    @property
    def major(self) -> int:
        """Return the number of the major version."""
        return self.server_version // 10000

    def describe(self, text: str) -> str:
        """Return what decides on this server what the statements of a text make."""
        return self.facts.description + named_things(self._look or self.control(), text)

    def create(self, *, template: ScratchDatabase | None = None) -> ScratchDatabase:
        """Create an empty database, or a copy of another scratch database that nobody uses.

        Two threads may ask for one each. Raises ScratchUnavailable where the server refuses,
        ConfigurationError where SCRATCH_SQL fails.
        """
        name = f"{self._run}_{next(self._numbers)}"
        source = template.name if template else "template0"
        with self._one_by_one:
            control = self.control()
            owner = _POWERLESS if self.facts.is_superuser and not self.private else ""
            try:
                with self._turn:
                    self._made.append(name)
                    create_marked(control, name, template=source, owner=owner)
            except psycopg.Error as error:
                raise ScratchUnavailable(
                    f"no scratch database could be created on {self.where}: {error}",
                    hint="Free what the message names, or set SCRATCH in SCHEMA_TOOLS.",
                ) from error
            # Its SQL may make roles, which are the whole server's.
            return self._prepared(name, owner=owner, is_copy=template is not None)

    def drop_left_over(self) -> None:
        """Drop scratch databases of runs that are gone: killed ones cannot clean up."""
        if left_over(self._look or self.control()):
            control = self.control()
            for name in left_over(control):
                drop(control, name)

    def drop_all(self) -> None:
        """Drop what was created here, whoever is connected to it.

        What another thread creates meanwhile is there to be dropped the next time.
        """
        with self._turn:
            while self._made and self._control is not None:
                drop(self._control, self._made[-1])
                self._made.pop()  # who was interrupted tries again

    def let_go(self, *databases: ScratchDatabase) -> None:
        """Begin to drop databases, or all, that nobody needs any more; ``close`` waits for it.

        The server has thousands of files to delete for thousands of tables.
        """
        asked = {each.name for each in databases}
        names = [name for name in self._made if name in asked or not asked]
        self._made = [name for name in self._made if name not in names]
        if names:
            self._let_go.append(names)
            undisturbed(lambda: self._begin_to_drop(names))

    def _begin_to_drop(self, names: list[str]) -> None:
        self._dropper.submit(self._drop, names)

    def _drop(self, names: list[str]) -> None:
        """Drop databases on a connection of its own; the names of those that are left stay."""
        # There may be no more room for a connection.
        with suppress(psycopg.Error, Unavailable), closing(self._connection()) as connection:
            self._unhinder(connection)
            while names:
                drop(connection, names[-1])
                names.pop()

    def close(self) -> None:
        """Drop what was created here, and part from the server."""
        undisturbed(self._close)

    def _close(self) -> None:
        try:
            self._drop_the_rest()
        except KeyboardInterrupt:  # who presses once more does not want to wait for it
            self._drop_the_rest()
            raise
        finally:
            if self._control is not None:
                self._control.close()

    def _drop_the_rest(self) -> None:
        self._dropper.shutdown()
        self._made += itertools.chain.from_iterable(self._let_go)
        self.drop_all()

    def control(self) -> Connection:
        """Return the connection that says, by its application name, that this run is alive."""
        if self._control is None:
            control = self._control = self._connection()
            control.execute(_PATIENTLY)
            self._facts = read_facts(control)
            control.execute("COMMIT")
            self._unhinder(control)
        return self._control

    def _connection(self) -> Connection:
        params = {**self._params(), "application_name": self._run}
        return open_connection(params, what=self.where)

    def _unhinder(self, connection: Connection) -> None:
        """Set, for a session of our own, that nothing stops it halfway."""
        if not self.facts.is_pooled:
            settings = _unhindered(self.server_version)
            words = (f"SET {name} = {value}" for name, value in settings)
            connection.execute("; ".join(words).encode())

    def _prepared(self, name: str, *, owner: str, is_copy: bool) -> ScratchDatabase:
        """Return a database as it is to be used, with what SCRATCH_SQL makes in a new one."""
        settings = (*self.facts.own, *_unhindered(self.server_version))
        params = with_options(
            {**self._params(), "dbname": name, "application_name": SESSION}, settings
        )
        database = ScratchDatabase(name, params, owner, self.private)
        if self.prelude and not is_copy:
            with database.connect() as connection:
                run_prelude(connection, self.prelude)
        return database


def run_prelude(connection: Connection, statements: Iterable[Statement]) -> None:
    """Run what SCRATCH_SQL says in a new database; raise ConfigurationError for what fails."""
    for statement in statements:
        _run(connection, statement)


def _run(connection: Connection, statement: Statement) -> None:
    try:
        connection.execute(statement.text.encode())
    except psycopg.errors.DuplicateObject as error:
        if not statement.verb.startswith(_MAKES_A_ROLE):  # which outlives the database
            raise _bad_prelude(statement, error) from error
    except psycopg.Error as error:
        raise _bad_prelude(statement, error) from error


def _bad_prelude(statement: Statement, error: psycopg.Error) -> ConfigurationError:
    return ConfigurationError(
        f"SCRATCH_SQL: {statement.text.splitlines()[0]!r} fails in an empty scratch database: "
        f"{error.diag.message_primary or error}",
        hint="It runs as the role of the connection, before any file.",
    )


def _unhindered(version: int) -> tuple[tuple[str, str], ...]:
    return _UNHINDERED + (_SINCE_17 if version >= 170000 else ())
