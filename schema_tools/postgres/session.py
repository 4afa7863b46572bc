"""Connections of our own to the server behind an alias, apart from those that Django keeps."""

from __future__ import annotations

import difflib
import math
import shlex
from typing import Any

import psycopg
from django.db import connections
from django.utils.connection import ConnectionDoesNotExist

from schema_tools.errors import ConfigurationError, Unavailable
from schema_tools.postgres.interruptible import InterruptibleConnection
from schema_tools.postgres.limit import in_time, watch

APPLICATION_NAME = "schema_tools"


def connect(
    alias: str, *, dbname: str = "", seconds: float = 0.0, purpose: str = ""
) -> psycopg.Connection[tuple[Any, ...]]:
    """Open a connection in autocommit mode, with the parameters Django has for the alias.

    Another database of the same server may be named; ``seconds`` are how long to wait for the
    server at most (libpq counts at least two); ``purpose``, such as a command's name, is part of
    what the server shows of the session. Raises ConfigurationError for an alias that is
    unknown or no PostgreSQL, Unavailable where the server cannot be reached.
    """
    params = connection_params(alias)
    if dbname:
        params["dbname"] = dbname
    own_name = params["application_name"]
    params["application_name"] = " ".join(filter(None, (own_name, purpose, alias)))
    if seconds:
        own = int(params.get("connect_timeout") or 0)
        params["connect_timeout"] = min(own or math.inf, math.ceil(seconds))
    return open_connection(params, what=f"database {alias!r}")


def connection_params(alias: str) -> dict[str, Any]:
    """Return libpq's parameters for an alias, without connecting to it.

    An embedded server is started, whose socket has no name before. Raises ConfigurationError for
    an alias that is unknown or no PostgreSQL.
    """
    check_alias(alias)
    wrapper = connections[alias]
    params = dict(wrapper.get_connection_params())
    role = wrapper.settings_dict["OPTIONS"].get("assume_role")
    if role:  # as an option of the session it outlives DISCARD ALL, unlike Django's SET ROLE
        escaped = str(role).replace("\\", "\\\\").replace(" ", "\\ ")
        params["options"] = f"{params.get('options', '')} -c role={escaped}".strip()
    for django_only in ("context", "cursor_factory", "prepare_threshold"):
        params.pop(django_only, None)
    params.setdefault("application_name", APPLICATION_NAME)
    return params


def check_alias(alias: str) -> None:
    """Raise ConfigurationError for an alias that is unknown or no PostgreSQL."""
    try:
        wrapper = connections[alias]
    except ConnectionDoesNotExist:
        near = difflib.get_close_matches(alias, list(connections), n=1, cutoff=0.5)
        known = ", ".join(sorted(connections))
        raise ConfigurationError(
            f"there is no database alias {alias!r} in DATABASES",
            hint=f"Did you mean {near[0]!r}?" if near else f"Known aliases: {known}.",
        ) from None
    if wrapper.vendor != "postgresql":
        raise ConfigurationError(
            f"database {alias!r} is {wrapper.display_name}; schema_tools works on PostgreSQL",
            hint=_another_alias(),
        )


def open_connection(params: dict[str, Any], *, what: str) -> psycopg.Connection[tuple[Any, ...]]:
    """Open a connection in autocommit mode; ``what`` names the server in an error."""
    try:
        connection = InterruptibleConnection.connect(
            **in_time(params), autocommit=True, prepare_threshold=None
        )
    except psycopg.OperationalError as error:
        raise Unavailable(
            f"{what} cannot be reached: {str(error).strip()}", hint=_way_to_connect(params, error)
        ) from error
    except psycopg.ProgrammingError as error:  # libpq does not know an option
        raise ConfigurationError(
            f"{what} cannot be reached: {str(error).strip()}",
            hint="See OPTIONS of the alias in DATABASES, and the parameters in DATABASE_URL.",
        ) from error
    watch(connection)
    return connection


# There is no SQLSTATE before a session.
NO_MORE = ("too many connections", "too many clients", "remaining connection slots")
_OF_A_SERVER = (("host", "host"), ("port", "port"), ("username", "user"))
NO_PASSWORD = ("password authentication failed", "no password supplied")
SET_THE_PASSWORD = (
    "Set the password of this role: PASSWORD of the alias in DATABASES, or the environment "
    "variable from which the settings take it (DATABASE_URL, PGPASSWORD; AUTH_DB_PASSWORD for the "
    "compose files). A database in a container keeps the password with which its volume was "
    "made: give that one, or change it there with ALTER ROLE … PASSWORD."
)


def _another_alias() -> str:
    """Return how to come by a database that is PostgreSQL's."""
    engines = {alias: connections.databases[alias]["ENGINE"] for alias in connections}
    fit = [alias for alias, engine in engines.items() if "postg" in engine]  # PostGIS's, too
    if fit:
        return f"Choose a PostgreSQL alias: --database {fit[0]}."
    return "Give DATABASES an alias with ENGINE django.db.backends.postgresql, and name it."


def _createdb(params: dict[str, Any]) -> str:
    options = ((f"--{each}", str(params.get(name) or "")) for each, name in _OF_A_SERVER)
    words = [word for option, value in options if value for word in (option, value)]
    return shlex.join(["createdb", *words, str(params["dbname"])])


def _way_to_connect(params: dict[str, Any], error: psycopg.OperationalError) -> str:
    name = str(params.get("dbname", ""))
    if f'database "{name}" does not exist' in str(error):  # there is no SQLSTATE before a session
        return f"Is that its name, and this the server? If so, create it: {_createdb(params)}"
    role = str(params.get("user", ""))
    if f'role "{role}" does not exist' in str(error):
        return "Set USER of the alias in DATABASES to a role of this server, or create that one."
    if any(words in str(error) for words in NO_MORE):
        return (
            "Let other sessions end, or raise the CONNECTION LIMIT of the role or the database; "
            "validate_schema takes up to five connections at a time."
        )
    if any(words in str(error) for words in NO_PASSWORD):
        return SET_THE_PASSWORD
    return "Is the server running, and are host, port, user and password right?"


def search_path(connection: psycopg.Connection[Any]) -> str:
    """Return the search path that a session of this role in this database starts with."""
    row = connection.execute("SELECT pg_catalog.current_setting('search_path')").fetchone()
    return str(row[0]) if row else ""
