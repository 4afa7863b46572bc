"""Where scratch databases can be had, and that nothing of them stays behind."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from schema_tools.conf import Settings
from schema_tools.errors import ConfigurationError, ScratchUnavailable, Unavailable
from schema_tools.history.migration import Statement
from schema_tools.history.statements import split
from schema_tools.lexer import UnreadableSql
from schema_tools.postgres.embedded.binaries import Binaries, find_binaries
from schema_tools.postgres.embedded.private import private_server
from schema_tools.postgres.marked import MARK, is_marked
from schema_tools.postgres.scratch_given import GivenDatabase
from schema_tools.postgres.scratch_server import Scratch, ScratchDatabase
from schema_tools.postgres.session import connection_params, open_connection

__all__ = ["Scratch", "ScratchDatabase", "open_scratch", "prelude_of"]

Connection = psycopg.Connection[Any]

_CONNECT_SECONDS = 10
_HINT = (
    "Give the role CREATEDB, or set SCRATCH in SCHEMA_TOOLS to the URL of a server where it may "
    "create databases, or install django-schema-tools[embedded]."
)


@contextmanager
def open_scratch(
    alias: str, settings: Settings, *, live: Connection | None = None
) -> Iterator[Scratch]:
    """Yield a server for scratch databases, and drop what was made on it afterwards.

    It is the one that ``SCRATCH`` names; else that of the alias, if the role may create databases
    there; else an embedded server of this process. ``live`` is a connection to the alias that is
    open already: then no other is opened before a database is asked for. Raises
    ScratchUnavailable with the reason of each refusal.
    """
    prelude = prelude_of(settings)
    given = settings.scratch
    scratch = _given_server(settings, prelude) if given else _best(alias, live, prelude)
    try:
        scratch.drop_left_over()
        yield scratch
    finally:
        scratch.close()


def _best(alias: str, live: Connection | None, prelude: tuple[Statement, ...]) -> Scratch:
    refusals: list[Unavailable] = []
    for candidate in (partial(_same_server, alias, live), partial(_embedded_server, refusals)):
        try:
            return candidate(prelude)
        except Unavailable as error:
            refusals.append(error)
    raise _none(refusals)


def _none(refusals: list[Unavailable]) -> ScratchUnavailable:
    reasons = "\n  ".join(map(str, refusals))
    return ScratchUnavailable(f"no scratch database can be had:\n  {reasons}", hint=_HINT)


def _same_server(alias: str, live: Connection | None, prelude: tuple[Statement, ...]) -> Scratch:
    def params() -> dict[str, Any]:
        return {"connect_timeout": _CONNECT_SECONDS, **connection_params(alias)}

    where = f"the server of {alias!r}"
    scratch = _accepted(Scratch(params, where=where, first_look=live, prelude=prelude))
    scratch.is_beside_alias = True
    return scratch


def _accepted(scratch: Scratch) -> Scratch:
    """Return the server, or raise ScratchUnavailable with what it lacks."""
    try:
        refusal = _refusal(scratch)
    except BaseException:
        scratch.close()
        raise
    if refusal:
        scratch.close()
        raise ScratchUnavailable(f"{scratch.where} {refusal}")
    return scratch


def _refusal(scratch: Scratch) -> str:
    """Return why no database can be created there, "" where it can."""
    facts = scratch.facts
    if facts.is_standby:
        return "is a standby, which is read-only"
    if facts.is_pooled:
        return "is reached through a connection pooler, which leads to no new database"
    return "" if facts.may_create else "does not let this role create databases"


class _Embedded(Scratch):
    """The embedded server of this process, started when it is needed."""

    private = True

    def __init__(
        self, binaries: Binaries, refusals: list[Unavailable], prelude: tuple[Statement, ...]
    ) -> None:
        super().__init__(self._start, where="the embedded server", prelude=prelude)
        self._binaries = binaries
        self._refusals = refusals

    @property
    def major(self) -> int:
        return self._binaries.major

    def describe(self, text: str) -> str:
        """Return what decides: the programs and the time zone; the rest is always the same."""
        program = Path(self._binaries.program("postgres"))
        facts = program.stat()
        zone = (os.environ.get("TZ", ""), *time.tzname, str(Path("/etc/localtime").resolve()))
        return repr((str(program), facts.st_size, facts.st_mtime_ns, zone))

    def drop_left_over(self) -> None:
        """Leave it: the server went with the run that made it."""

    def _start(self) -> dict[str, Any]:
        try:
            return {**private_server(self._binaries).params, "dbname": "postgres"}
        except Unavailable as error:
            raise _none([*self._refusals, error]) from error


def _embedded_server(refusals: list[Unavailable], prelude: tuple[Statement, ...]) -> Scratch:
    return _Embedded(find_binaries(), refusals, prelude)


def _given_server(settings: Settings, prelude: tuple[Statement, ...]) -> Scratch:
    """Return the server of SCRATCH, or its database alone where that is ours to empty."""
    where = "the SCRATCH server"
    given = _scratch_params(settings.scratch)
    scratch = Scratch(lambda: given, where=where, prelude=prelude)
    try:
        return _accepted(scratch)
    except ScratchUnavailable as error:
        facts = scratch.facts
        if facts.may_create or facts.is_standby or facts.is_pooled:
            raise ScratchUnavailable(f"no scratch database can be had: {error}") from error
    own = GivenDatabase(lambda: given, where=where, prelude=prelude)
    own.wait = settings.lock_wait
    with open_connection(dict(given), what=where) as connection:
        name = connection.info.dbname
        if is_marked(connection):
            return own
    raise ScratchUnavailable(
        f"no scratch database can be had: {where} does not let this role create databases, and "
        f"its database {name} is not marked as one that may be emptied",
        hint=f"Give the role CREATEDB; or, if all that is in {name} may be lost, mark it: "
        f"""COMMENT ON DATABASE "{name}" IS '{MARK}';""",
    )


def _scratch_params(url: str) -> dict[str, Any]:
    try:
        return {"connect_timeout": _CONNECT_SECONDS, **conninfo_to_dict(url)}
    except psycopg.ProgrammingError:
        # The message of libpq may repeat the URL, and that may hold a password.
        raise ConfigurationError(
            "SCHEMA_TOOLS['SCRATCH'] is no libpq URL",
            hint="It looks like postgresql://user:password@host:5432/postgres.",
        ) from None


def prelude_of(settings: Settings) -> tuple[Statement, ...]:
    """Return what SCRATCH_SQL says is to run first in a new database."""
    given = settings.scratch_sql
    try:
        if isinstance(given, Path):
            return split(given.read_text(encoding="utf-8"))
        return tuple(statement for text in given for statement in split(text))
    except UnreadableSql as error:
        raise ConfigurationError(f"SCHEMA_TOOLS['SCRATCH_SQL'] is no SQL: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"SCHEMA_TOOLS['SCRATCH_SQL']: {given} cannot be read: {error}",
            hint="Name a file with SQL, or give a list of statements.",
        ) from error
