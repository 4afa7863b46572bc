"""Any schema that a user can name: models, SQL files, a database, a snapshot, a URL."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from schema_tools.conf import Settings, get_settings
from schema_tools.errors import ConfigurationError, MigrationFileError
from schema_tools.findings import Finding, Location, NotChecked
from schema_tools.history.directory import read_directory, shown
from schema_tools.history.fold import files_up_to
from schema_tools.history.migration import Migration
from schema_tools.postgres.scratch import Scratch, open_scratch
from schema_tools.postgres.session import (
    APPLICATION_NAME,
    connect,
    open_connection,
)
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Schema
from schema_tools.schema.snapshot import Snapshot, read_snapshot
from schema_tools.services.cache import open_cache
from schema_tools.services.from_files import FromFiles, replay_of
from schema_tools.services.from_models import Ground, from_models, hidden_views
from schema_tools.services.live import beside, history_tables
from schema_tools.services.schema_spec import Origin, Spec
from schema_tools.services.wanted import Wanted, without

_CONNECT_SECONDS = 10
Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A schema with its name for people.

    ``facts`` are there where it was made of models, ``snapshot`` where it was read from one, and
    ``of_files`` says that SQL files made it.
    """

    name: str
    schema: Schema
    facts: ModelFacts | None = None
    snapshot: Snapshot | None = None
    not_checked: tuple[NotChecked, ...] = ()
    of_files: bool = False


def read_sources(specs: Sequence[Spec], alias: str) -> tuple[Source, ...]:
    """Return the schema of each spec; what they share is opened and built once.

    ``alias`` names the settings, and the database for those that name none. Raises what reading
    settings, files and servers raises; a file that fails is an error here.
    """
    with ExitStack() as stack:
        reader = _Reader(alias, get_settings(alias), stack)
        ordered = sorted(set(specs), key=_order)
        reader.prepare(ordered)
        read = {each: reader.read(each) for each in ordered}
        return tuple(read[each] for each in specs)


def _order(spec: Spec) -> tuple[Origin, str]:
    return spec.origin, spec.argument


@dataclass(slots=True)
class _Reader:
    """Reads one source after the other; each says something that helps to read the others."""

    alias: str
    settings: Settings
    stack: ExitStack
    wanted: Wanted = field(init=False)
    _live: Schema | None = None
    _connections: dict[Spec, Connection] = field(default_factory=dict)
    _scratch: Scratch | None = None
    _replayed: dict[tuple[str, ...], FromFiles] = field(default_factory=dict)

    def __post_init__(self) -> None:
        passed_over = history_tables(self.settings)
        self.wanted = Wanted(self.settings.schemas, passed_over=passed_over)

    def prepare(self, specs: Sequence[Spec]) -> None:
        """Connect, to learn the search path of a database; replay what models need."""
        for spec in specs:
            if spec.origin in {Origin.DATABASE, Origin.URL}:
                connection = self.stack.enter_context(self._connected(spec))
                self._connections[spec] = connection
        for connection in list(self._connections.values())[:1]:
            self.wanted = beside(self.wanted, connection, self.settings)
        if any(spec.origin is Origin.MODELS for spec in specs):
            self._beneath_models()

    def _connected(self, spec: Spec) -> Connection:
        if spec.origin is Origin.DATABASE:
            return connect(spec.argument or self.alias)
        return open_connection(_params(spec.argument), what="the database of the URL")

    @property
    def scratch(self) -> Scratch:
        if self._scratch is None:
            self._scratch = self.stack.enter_context(open_scratch(self.alias, self.settings))
        return self._scratch

    def read(self, spec: Spec) -> Source:
        match spec.origin:
            case Origin.SNAPSHOT:
                return self._snapshot(spec.argument)
            case Origin.DATABASE | Origin.URL:
                return self._database(spec)
            case Origin.MIGRATIONS:
                return self._migrations(spec.argument)
            case Origin.MODELS:
                return self._models()

    def _snapshot(self, path: str) -> Source:
        found = load_snapshot(Path(path))
        schema = without(found.schema, self.wanted.passed_over)
        self.wanted = self.wanted.including(found.schemas)
        return Source(f"snapshot {path}", schema, snapshot=found)

    def _database(self, spec: Spec) -> Source:
        connection = self._connections[spec]
        info = connection.info
        place = f"at {info.host}:{info.port}"
        if spec.origin is Origin.DATABASE:
            place = f"({spec.argument or self.alias})"
        # Whoever runs the migrations there may have another name than elsewhere.
        wanted = beside(self.wanted, connection, self.settings)
        schema = wanted.read(connection)
        self._live = self._live or schema
        hidden = tuple(NotChecked(what, reason) for what, reason in schema.not_seen)
        notes = (*hidden, *wanted.not_checked)
        return Source(f"database {info.dbname} {place}", schema, not_checked=notes)

    def _migrations(self, target: str) -> Source:
        directory = read_directory(self.settings.migrations_dir)
        refuse_problems(directory.problems)
        migrations, name = files_up_to(directory, target), "the SQL files"
        if target:
            name += f" up to {migrations[-1].version}"
        found = self._replay(migrations)
        if found.files is None:
            refuse_problems(found.findings)
        files = found.files or Schema()
        return Source(name, files, not_checked=found.not_checked, of_files=True)

    def _replay(self, files: tuple[Migration, ...]) -> FromFiles:
        """Return what files make; asked for again, what was built is still there."""
        versions = tuple(each.version for each in files)
        if versions not in self._replayed:
            self._replayed[versions] = replay_of(
                self.alias,
                self.scratch,
                self.wanted,
                applied=None,
                pending=files,
                cache=open_cache(self.settings.migrations_dir),
            ).run()
            self.wanted = self.wanted.including(self._replayed[versions].schemas)
        return self._replayed[versions]

    def _models(self) -> Source:
        files, notes = self._beneath_models()
        found = from_models(
            self.alias,
            self.scratch,
            self.wanted,
            Ground(files),
            live=lambda: self._live,
            cache=open_cache(self.settings.migrations_dir),
        )
        found = hidden_views(found, files.views)
        return Source("the models", found.schema, found.facts, None, (*found.not_checked, *notes))

    def _beneath_models(self) -> tuple[FromFiles, tuple[NotChecked, ...]]:
        """Return the replayed files, for the types and extensions that models need."""
        try:
            directory = read_directory(self.settings.migrations_dir)
        except ConfigurationError:
            return FromFiles(), ()
        found = FromFiles(findings=directory.problems)
        if not directory.problems:
            found = self._replay(files_up_to(directory))
        if not found.findings:
            return found, ()
        note = NotChecked(
            "models beside types, extensions and functions that SQL files make",
            f"the files cannot be run: {found.findings[0].message}",
        )
        return FromFiles(), (note,)


def load_snapshot(path: Path) -> Snapshot:
    """Return a snapshot that is a file; raises ConfigurationError where it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"snapshot {shown(path)} cannot be read: {error.strerror}",
            hint="Make one: manage.py schema_snapshot --of migrations --output FILE",
        ) from error
    return read_snapshot(data, shown(path))


def _params(url: str) -> dict[str, Any]:
    try:
        params = dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError:
        # The message of libpq may repeat the URL, and that may hold a password.
        raise ConfigurationError(
            "the URL cannot be read", hint="It looks like postgresql://user@host:5432/name."
        ) from None
    return {
        "application_name": APPLICATION_NAME,
        "client_encoding": "UTF8",
        "connect_timeout": _CONNECT_SECONDS,
        **params,
    }


def refuse_problems(problems: Sequence[Finding]) -> None:
    """Raise MigrationFileError for the first of the files' problems, if there is one."""
    if not problems:
        return
    first = problems[0]
    place = first.locations[0] if first.locations else Location("")
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    raise MigrationFileError(
        f"{first.message}{more}", path=place.path, line=place.line, hint=first.hint
    )
