"""The command-line client, for `manage.py dbshell`."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql.client import DatabaseClient as PostgresClient


class DatabaseClient(PostgresClient):
    """The psql beside the server's programs: there may be none on the PATH."""

    def runshell(self, parameters: list[str]) -> None:
        """Start the server, then psql."""
        self.connection.ensure_server()
        super().runshell(parameters)

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: list[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """Return psql's command line and environment."""
        from schema_tools.postgres.backend.base import binaries_of

        args, env = super().settings_to_cmd_args_env(settings_dict, parameters)
        psql = binaries_of(settings_dict).folder / "psql"
        return ([str(psql), *args[1:]] if psql.is_file() else args), env
