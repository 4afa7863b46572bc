"""Which statements of a file may be run again with more rights, or left out for want of them."""

from __future__ import annotations

import re

import psycopg
from psycopg import errors

from schema_tools.history.migration import Statement
from schema_tools.postgres.replay_failure import words

# What a missing role stops says nothing about the schema that is compared.
_NEEDS_A_ROLE = (
    "GRANT",
    "REVOKE",
    "ALTER",
    "CREATE POLICY",
    "CREATE SCHEMA",
    "CREATE USER MAPPING",
    "DO",
    "SET",
)
# Nothing that a file has defined runs in these, once its event triggers are off. In all else it
# may: a trigger, a default …
_NEEDS_A_SUPERUSER = (
    "ALTER DEFAULT PRIVILEGES",
    "ALTER EVENT TRIGGER",
    "ALTER EXTENSION",
    "ALTER PUBLICATION",
    "COMMENT ON",
    "CREATE ACCESS METHOD",
    "CREATE EVENT TRIGGER",
    "CREATE EXTENSION",
    "CREATE FUNCTION",
    "CREATE LANGUAGE",
    "CREATE OPERATOR CLASS",
    "CREATE OPERATOR FAMILY",
    "CREATE PROCEDURE",
    "CREATE PUBLICATION",
    "CREATE TEXT SEARCH",
    "DROP EVENT TRIGGER",
    "DROP PUBLICATION",
)
# What such a statement makes stays out of reach of the files' code: it is the superuser's.
_OF_OTHER_SERVERS = (
    "CREATE FOREIGN",
    "DROP FOREIGN",
    "CREATE SERVER",
    "ALTER SERVER",
    "DROP SERVER",
    "CREATE USER MAPPING",
    "ALTER USER MAPPING",
    "DROP USER MAPPING",
)
_MAY_CALL = re.compile(r"\b(VALIDATOR|DEFAULT|GENERATED|CHECK|CASCADE)\b", re.IGNORECASE)
# An ordinary role may not do these for a role that it is no member of.
_FOR_ANOTHER_ROLE = re.compile(
    r"ALTER\s+DEFAULT\s+PRIVILEGES\b|ALTER\b.*\bOWNER\s+TO\b"
    r"|CREATE\s+SCHEMA\b.*\bAUTHORIZATION\b|CREATE\s+USER\s+MAPPING\b",
    re.IGNORECASE | re.DOTALL,
)
_MISSING_ROLE = re.compile(r'role "(.*)" does not exist')


def runs_no_code(statement: Statement) -> bool:
    """Return whether a statement may have a superuser's rights: it runs no code of the files.

    The validator of a foreign-data wrapper is such code, and so is what a server or a table of it
    has to be checked with.
    """
    if statement.verb.startswith(_OF_OTHER_SERVERS):
        return _MAY_CALL.search(statement.text) is None
    return statement.verb.startswith(_NEEDS_A_SUPERUSER)


def acts_for_another(statement: Statement) -> bool:
    """Return whether a right that is missed may only be that to act for another role."""
    return _FOR_ANOTHER_ROLE.match(statement.text) is not None


def missing_role(error: psycopg.Error) -> str:
    """Return the role that an error says is not there, "" for any other error."""
    # SET ROLE calls it a wrong value of the setting.
    if not isinstance(error, errors.UndefinedObject | errors.InvalidParameterValue):
        return ""
    match = _MISSING_ROLE.search(words(error))
    return match[1] if match else ""


def misses_a_role(statement: Statement, error: psycopg.Error) -> bool:
    """Return whether all that is wrong is that a role of the real server is not here."""
    return bool(missing_role(error)) and statement.verb.startswith(_NEEDS_A_ROLE)
