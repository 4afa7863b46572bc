"""Tell which statements act beyond the database that they run in.

A replay of old files in a scratch database leaves them out, for they would act on the real server
once more. A statement's text does not show all: a DO block, a function, or an INSERT into a
foreign table can hide any of these.
"""

from __future__ import annotations

from schema_tools.history.migration import Statement
from schema_tools.history.verbs import Words, words_of
from schema_tools.lexer import Kind, significant

_DATABASES = "it acts on a database by its name"
_ROLES = "roles belong to all databases of the server"
_SERVER = "it changes the server itself"
_STORAGE = "tablespaces belong to all databases of the server"
_REPLICATION = "it connects to another server"
_FILES = "it reads or writes files of the server, or runs a program there"
_OWNED = "it acts on databases and tablespaces too"

_BY_VERB = {
    "ALTER SYSTEM": _SERVER,
    "CHECKPOINT": "it acts on the whole server",
    "COPY": _FILES,
    "DROP OWNED": _OWNED,
    "IMPORT FOREIGN SCHEMA": _REPLICATION,
    "REASSIGN OWNED": _OWNED,
    "REINDEX DATABASE": _DATABASES,
    "REINDEX DATABASE CONCURRENTLY": _DATABASES,
    "REINDEX SYSTEM": _DATABASES,
    "ALTER DATABASE SET TABLESPACE": _DATABASES,
}
_BY_OBJECT = {
    "DATABASE": _DATABASES,
    "GROUP": _ROLES,
    "ROLE": _ROLES,
    "SUBSCRIPTION": _REPLICATION,
    "TABLESPACE": _STORAGE,
    "USER": _ROLES,
}
_ACTIONS = ("ALTER", "COMMENT ON", "CREATE", "DROP", "SECURITY LABEL ON")
_BY_TARGET = {"DATABASE": _DATABASES, "PARAMETER": _SERVER, "TABLESPACE": _STORAGE}
_BY_FUNCTION = {
    "DBLINK": _REPLICATION,
    "DBLINK_CONNECT": _REPLICATION,
    "DBLINK_EXEC": _REPLICATION,
    "LO_EXPORT": _FILES,
    "LO_IMPORT": _FILES,
    "PG_CANCEL_BACKEND": "it stops other sessions",
    "PG_CREATE_LOGICAL_REPLICATION_SLOT": _SERVER,
    "PG_CREATE_PHYSICAL_REPLICATION_SLOT": _SERVER,
    "PG_DROP_REPLICATION_SLOT": _SERVER,
    "PG_FILE_WRITE": _FILES,
    "PG_PROMOTE": _SERVER,
    "PG_RELOAD_CONF": _SERVER,
    "PG_ROTATE_LOGFILE": _SERVER,
    "PG_SWITCH_WAL": _SERVER,
    "PG_TERMINATE_BACKEND": "it stops other sessions",
}


def reaches_outside(statement: Statement) -> str:
    """Return why a statement acts beyond its database, "" where nothing says that it does."""
    verb = statement.verb
    if verb in _BY_VERB:
        return _BY_VERB[verb]
    if verb in {"GRANT", "REVOKE"}:
        return _granting(words_of(statement.text))
    if verb == "SELECT":
        return _calling(statement.text)
    for action in _ACTIONS:
        if verb.startswith(f"{action} "):
            return _BY_OBJECT.get(verb.removeprefix(f"{action} "), "")
    return ""


def _granting(words: Words) -> str:
    """Judge a GRANT: without ON it is one of a role; else its object counts."""
    if "ON" not in words:
        return _ROLES
    target = words[words.index("ON") + 1 :][:1]
    return _BY_TARGET.get(target[0], "") if target else ""


def _calling(text: str) -> str:
    """Judge a SELECT by the functions of PostgreSQL's own that it names, at any depth."""
    words = (token.text.upper() for token in significant(text) if token.kind is Kind.WORD)
    return next((_BY_FUNCTION[word] for word in words if word in _BY_FUNCTION), "")
