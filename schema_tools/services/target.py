"""The database behind an alias, its files and its history, as every service opens them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from psycopg import Connection

from schema_tools.conf import Settings, get_settings
from schema_tools.errors import SchemaToolsError
from schema_tools.history.command import command
from schema_tools.history.directory import Directory, read_directory
from schema_tools.history.header import listed
from schema_tools.history.plan import World
from schema_tools.postgres.ledger import Ledger
from schema_tools.services.way import Way, direct_way

_EMBEDDED = "schema_tools.postgres.backend"


@dataclass(frozen=True, slots=True)
class Target:
    """A database to look at or to work on, with a connection in autocommit mode."""

    alias: str
    settings: Settings
    directory: Directory
    ledger: Ledger
    connection: Connection[tuple[Any, ...]]
    way: Way

    def connect(self) -> Connection[tuple[Any, ...]]:
        """Open another connection, by the same way."""
        return self.way.connect()

    @property
    def facts(self) -> dict[str, object]:
        """Return what a report says about the database."""
        info = self.connection.info
        version = info.parameter_status("server_version") or ""
        return {
            "alias": self.alias,
            "name": info.dbname,
            "server_version": version.split(" ")[0],
        }

    @property
    def place(self) -> str:
        """Say which server it is: two of them may have a database of the same name."""
        if connections[self.alias].settings_dict["ENGINE"] == _EMBEDDED:
            return "the embedded server"
        return server_words(self.connection.info.host, self.connection.info.port)

    def command(self, *words: str) -> str:
        """Return the command line to type for this database; empty words are left out."""
        return command(*words, alias=self.alias)

    def world(self) -> World:
        """Return what a plan is made from besides the history."""
        version = self.connection.info.server_version
        applied, known = self._of_django()
        return World(self.directory, version, applied, self.alias, known)

    def _of_django(self) -> tuple[frozenset[str], frozenset[str] | None]:
        """Return Django's applied migrations, where any file asks for one.

        And all that there are, where one is asked for that is not applied.
        """
        files = self.directory.migrations
        asked = {name for file in files for name in listed(file.header, "Requires")}
        if not asked:
            return frozenset(), None
        recorder = MigrationRecorder(connections[self.alias])
        applied = frozenset(map(".".join, recorder.applied_migrations()))
        if asked <= applied:
            return applied, None
        from django.db.migrations.loader import MigrationLoader  # seldom, and takes its time

        loader = MigrationLoader(None, load=False)
        loader.load_disk()  # the files alone: whether their graph is whole is of no matter here
        replaced = (key for each in loader.disk_migrations.values() for key in each.replaces)
        return applied, frozenset(map(".".join, (*loader.disk_migrations, *replaced)))


def server_words(host: str, port: int) -> str:
    """Return how people are told of a server; a path is the folder of its socket."""
    is_here = not host or host.startswith(("/", "@"))
    return f"{'this machine' if is_here else host}, port {port}"


NO_FILES = Directory("", (), ())


@contextmanager
def open_target(
    alias: str,
    *,
    files: bool = True,
    seconds: float = 0.0,
    purpose: str = "",
    direct: bool = False,
) -> Iterator[Target]:
    """Read settings and files, connect, and close the connection at the end.

    What is wrong with settings or files shows before anything is asked of a server. ``seconds``
    limit how long to wait for it and for each of its answers: then the connection is in one
    transaction, for reading, since behind a pooler a limit of the session would stay. ``purpose``
    is what the server sees of it, the name of a command; with ``direct`` the way is that of
    DIRECT_DATABASE, where the settings name one.
    """
    settings = get_settings(alias)
    directory = read_directory(settings.migrations_dir) if files else NO_FILES
    ledger = Ledger(settings.history_schema, settings.history_table)
    way = Way(alias, purpose)
    if direct and settings.direct_database not in {"", alias}:
        way = direct_way(way, settings.direct_database)
    with way.connect(seconds) as connection, _limited(connection, seconds):
        target = Target(alias, settings, directory, ledger, connection, way)
        facts = target.facts  # now: a connection that is lost tells nothing any more
        try:
            yield target
        except SchemaToolsError as error:
            error.database = error.database or facts
            raise


@contextmanager
def _limited(connection: Connection[Any], seconds: float) -> Iterator[None]:
    if not seconds:
        yield
        return
    with connection.transaction():
        connection.execute(
            "SELECT pg_catalog.set_config('statement_timeout', %s, true)",
            (str(int(seconds * 1000)),),
        )
        yield
