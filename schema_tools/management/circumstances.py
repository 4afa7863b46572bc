"""What to do next where a server, and no file of ours, put an end to the work."""

from __future__ import annotations

import psycopg

from schema_tools.postgres.session import NO_MORE, NO_PASSWORD, SET_THE_PASSWORD

_SETTING = (
    "The server, the database or the role sets {0}. Give more: ALTER ROLE … SET {0} = …, or "
    "'OPTIONS': {{'options': '-c {0}=0'}} of the alias in DATABASES."
)
# What the command line and the tables of docs/rights.md say goes before any of these.
_NEXT: dict[str, str] = {
    "22P05": "Write it in ASCII, or use a database with the encoding UTF8: the server's encoding "
    "lacks the character.",
    "25006": "Find out why: SHOW default_transaction_read_only. Hosted servers set it, too, where "
    "the disk is full. Else choose an alias that leads to the primary, or a role that may write.",
    "25P03": _SETTING.format("idle_in_transaction_session_timeout"),
    "25P04": _SETTING.format("transaction_timeout"),
    "42501": "Run the command as a role that has the right, or grant it: docs/rights.md says what "
    "each command needs.",
    "53100": "Make room on the server's disk, then run the command again.",
    "53200": "Let the server have more memory, or lower its work_mem or max_connections.",
    "53300": "Let other sessions end, or raise max_connections of the server or the CONNECTION "
    "LIMIT of the role or the database.",
    "57P01": "The server was stopped, or an administrator ended the session. sqlmigrate_status "
    "says what is applied.",
    "57P05": _SETTING.format("idle_session_timeout"),
}


def next_step(error: BaseException) -> str:
    """Return what to do after an error of the server or of the way to it; "" if nobody knows."""
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    if not isinstance(cause, psycopg.Error):
        return ""
    said = str(cause)
    if cause.sqlstate == "57014" and "statement timeout" in said:
        return _SETTING.format("statement_timeout")
    known = _NEXT.get(cause.sqlstate or "", "")
    if known or cause.sqlstate:
        return known
    # There is no SQLSTATE before a session.
    if any(words in said for words in NO_PASSWORD):
        return SET_THE_PASSWORD
    return _NEXT["53300"] if any(words in said for words in NO_MORE) else ""
