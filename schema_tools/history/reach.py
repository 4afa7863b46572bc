"""Tell which statements act beyond the database that they run in.

A replay of old files in a scratch database leaves them out, for they would act on the real server
once more. A statement's text does not show all: the code of a DO block is looked at for the same
commands, but it can put one together from parts, and so can a function. What runs such code in a
replay has to lack the rights as well (``postgres.replay``).
"""

from __future__ import annotations

import itertools
import re

from schema_tools.history.migration import Statement
from schema_tools.history.verbs import Words, words_of
from schema_tools.lexer import Kind, significant

_DATABASES = "it acts on a database by its name"
_ROLES = "roles belong to all databases of the server"
_SERVER = "it changes the server itself"
_STORAGE = "tablespaces belong to all databases of the server"
_REPLICATION = "it connects to another server"
_FILES = "it reads or writes files of the server, or runs a program there"
_IDENTITY = "it changes who the session is"
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
    "DISCARD ALL": _IDENTITY,
    "SET SESSION AUTHORIZATION": _IDENTITY,
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


_WHO = re.compile(r"\bSESSION(\s+|_)AUTHORIZATION\b", re.I)
# In code, commands may stand anywhere, in strings to be executed, too.
_IN_CODE = (
    (re.compile(r"\b(CREATE|ALTER|DROP)\s+(ROLE|GROUP|USER(?!\s+MAPPING))\b", re.I), _ROLES),
    (re.compile(r"\b(CREATE|ALTER|DROP|COMMENT\s+ON)\s+DATABASE\b", re.I), _DATABASES),
    (re.compile(r"\b(CREATE|ALTER|DROP)\s+TABLESPACE\b", re.I), _STORAGE),
    (re.compile(r"\b(CREATE|ALTER|DROP)\s+SUBSCRIPTION\b", re.I), _REPLICATION),
    (re.compile(r"\bALTER\s+SYSTEM\b", re.I), _SERVER),
    (re.compile(r"\b(DROP|REASSIGN)\s+OWNED\b", re.I), _OWNED),
    (_WHO, _IDENTITY),
    (re.compile(r"\bCOPY\b[^;]*\b(PROGRAM|FROM|TO)\s+'", re.I), _FILES),
)
_CALL = re.compile(rf"\b({'|'.join(_BY_FUNCTION)})\s*\(", re.I)
# These only say what code is to run later.
_DEFINES_CODE = ("CREATE FUNCTION", "CREATE PROCEDURE", "COMMENT ON")


def reaches_outside(statement: Statement) -> str:
    """Return why a statement acts beyond its database, "" where nothing says that it does."""
    verb = statement.verb
    if verb in _BY_VERB:
        return _BY_VERB[verb]
    if verb in {"GRANT", "REVOKE"}:
        return _granting(words_of(statement.text))
    if verb == "DO":
        return _in_code(statement.text)
    if verb.startswith(("SET", "RESET")):
        return _IDENTITY if _WHO.search(statement.text) else ""
    for action in _ACTIONS:
        if verb.startswith(f"{action} ") and verb.removeprefix(f"{action} ") in _BY_OBJECT:
            return _BY_OBJECT[verb.removeprefix(f"{action} ")]
    return "" if verb.startswith(_DEFINES_CODE) else _calling(statement.text)


def _in_code(text: str) -> str:
    """Judge a block of code by the commands and functions that it names."""
    for pattern, reason in _IN_CODE:
        if pattern.search(text):
            return reason
    call = _CALL.search(text)
    return _BY_FUNCTION[call[1].upper()] if call else ""


def _granting(words: Words) -> str:
    """Judge a GRANT: without ON it is one of a role; else its object counts."""
    if "ON" not in words:
        return _ROLES
    target = words[words.index("ON") + 1 :][:1]
    return _BY_TARGET.get(target[0], "") if target else ""


def _calling(text: str) -> str:
    """Judge a statement by the functions of PostgreSQL's own that it calls, at any depth."""
    tokens = [token for token in significant(text) if token.kind is not Kind.STRING]
    for name, following in itertools.pairwise(tokens):
        if name.kind is Kind.WORD and following.text == "(":
            reason = _BY_FUNCTION.get(name.text.upper())
            if reason:
                return reason
    return ""
