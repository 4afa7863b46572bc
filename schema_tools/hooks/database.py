"""The project's own database, as a hook may use it: quickly, and without starting a server."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from django.db import connections

from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded.server import EmbeddedServer
from schema_tools.postgres.session import connect

_EMBEDDED = "schema_tools.postgres.backend"
_SECONDS = 2.0  # nobody waits long for a commit
_NOWHERE = "/nonexistent"


def cut_off_if_unreachable(alias: str) -> str:
    """Return why a database cannot be reached, "" where it can.

    One that cannot is cut off: whoever asks for it from then on is told so at once. An embedded
    server that does not run is not started, for nobody would stop it.
    """
    reason = _why_unreachable(alias)
    if reason:
        database = connections.databases[alias]
        nowhere = {"ENGINE": "django.db.backends.postgresql", "HOST": _NOWHERE, "PORT": ""}
        connections.databases[alias] = {**database, **nowhere}
        with suppress(AttributeError):  # there is a wrapper already where an app has asked for one
            del connections[alias]
    return reason


def _why_unreachable(alias: str) -> str:
    database = connections.databases.get(alias, {})
    home = (database.get("EMBEDDED") or {}).get("HOME")
    if database.get("ENGINE") == _EMBEDDED and home:
        running = EmbeddedServer(Path(home)).is_running()
        return "" if running else "the embedded server of the project does not run"
    try:
        connect(alias, seconds=_SECONDS).close()
    except Unavailable as error:
        return str(error).strip().partition("\n")[0]
    return ""
