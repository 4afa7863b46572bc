"""What a concurrent index build or drop that was cut short has left, by us or by others."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from psycopg import Connection, errors, sql

from schema_tools.history.migration import Statement
from schema_tools.history.verbs import has, words_of
from schema_tools.lexer import Kind, Token, significant

_DUPLICATE_TABLE = "42P07"
_SKIPPED = frozenset({"CONCURRENTLY", "IF", "NOT", "EXISTS", "ONLY", "CASCADE", "RESTRICT"})

# The table is found by the session's search_path, as the statement itself finds it.
_FIND = """
SELECT n.nspname, c.relname, i.indisvalid
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(%s)
  AND c.relname OPERATOR(pg_catalog.=) %s::pg_catalog.name
"""

# An index without a name gets that of table and columns with `_idx`, and a number where that is
# taken. Those that have come, or have become valid, since the transaction `since` are the younger.
_FIND_UNNAMED = """
SELECT n.nspname, c.relname, i.indisvalid,
       pg_catalog.age(i.xmin) OPERATOR(pg_catalog.<=) pg_catalog.age(%(since)s::pg_catalog.xid)
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(%(table)s)
  AND c.relkind OPERATOR(pg_catalog.=) 'i'
  AND c.relname OPERATOR(pg_catalog.~) '_idx[0-9]*$'
ORDER BY 2
"""

# The indexes of a partitioned table are not valid by themselves before all of it has them.
_FIND_INVALID = """
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class t
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.relnamespace
JOIN pg_catalog.pg_class c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid
JOIN pg_catalog.pg_index i ON i.indexrelid OPERATOR(pg_catalog.=) c.oid
WHERE t.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(%s)
  AND c.relname OPERATOR(pg_catalog.=) %s::pg_catalog.name
  AND c.relkind OPERATOR(pg_catalog.=) 'i' AND NOT i.indisvalid
"""

AnyConnection = Connection[tuple[Any, ...]]


class InvalidIndex(errors.DuplicateTable):
    """An invalid index, of which nobody here knows who left it, has the name of a new one."""

    advice = (
        "Another session may be building it at this moment: then wait for it to end. Else a build "
        "of it has failed: DROP INDEX CONCURRENTLY it by hand, and run the command again."
    )


def refuse_invalid(connection: AnyConnection, statement: Statement) -> None:
    """Raise InvalidIndex where a new index has the name of one that is invalid.

    ``IF NOT EXISTS`` would pass over it without a word; without a name, it could not be told from
    what the build may leave. Called before the statement counts as begun: an index that is invalid
    by then is not what our own build has left.
    """
    passes_over = statement.verb == "CREATE INDEX" and has(words_of(statement.text), "IF", "NOT")
    if not passes_over and statement.verb != "CREATE INDEX CONCURRENTLY":
        return
    named = _named_index(statement)
    found: Sequence[Any] | None
    if named:
        found = connection.execute(_FIND_INVALID, named).fetchone()
    else:
        invalid = [index for index in _unnamed_indexes(connection, statement) if not index[2]]
        found = next((index[:2] for index in invalid), None)
    if found is not None:
        index = ".".join(found)
        raise InvalidIndex(f"an index {index} is there already, and it is invalid")


def drop_failed_build(connection: AnyConnection, statement: Statement, sqlstate: str) -> None:
    """Drop the index that a failed CREATE INDEX CONCURRENTLY names, if it is there and invalid.

    An index that was there before the statement failed (duplicate_table) is not touched.
    """
    if statement.verb != "CREATE INDEX CONCURRENTLY" or sqlstate == _DUPLICATE_TABLE:
        return
    for schema, name, valid in _created_index(connection, statement):
        if not valid:
            index = sql.Identifier(schema, name)
            connection.execute(sql.SQL("DROP INDEX CONCURRENTLY {}").format(index))


def left_invalid(
    connection: AnyConnection, statement: Statement, sqlstate: str
) -> tuple[str, ...]:
    """Return the invalid indexes that a failed CREATE INDEX CONCURRENTLY has left, by name."""
    if statement.verb != "CREATE INDEX CONCURRENTLY" or sqlstate == _DUPLICATE_TABLE:
        return ()
    found = _created_index(connection, statement)
    return tuple(f"{schema}.{name}" for schema, name, valid in found if not valid)


def took_effect(connection: AnyConnection, statement: Statement, since: str) -> bool:
    """Say whether a concurrent build or drop was completed by the server after all.

    ``since`` is the transaction that stored its beginning. Other statements are not known here;
    they count as not run.
    """
    if statement.verb == "CREATE INDEX CONCURRENTLY":
        return any(valid for *_name, valid in _created_index(connection, statement, since))
    if statement.verb == "DROP INDEX CONCURRENTLY":
        name = "".join(token.text for token in _after_index(statement.text))
        query = "SELECT pg_catalog.to_regclass(%s) IS NULL"
        return connection.execute(query, (name,)).fetchone() == (True,)
    return False


def _created_index(
    connection: AnyConnection, statement: Statement, since: str = ""
) -> list[tuple[str, str, bool]]:
    """Return schema, name and validity of the index that a build makes, if it is there.

    Of a build without a name these are the invalid ones, and the valid ones since then.
    """
    named = _named_index(statement)
    if named:
        return connection.execute(_FIND, named).fetchall()
    found = _unnamed_indexes(connection, statement, since)
    return [(schema, name, valid) for schema, name, valid, is_new in found if is_new or not valid]


def _unnamed_indexes(
    connection: AnyConnection, statement: Statement, since: str = ""
) -> list[tuple[str, str, bool, bool | None]]:
    """Return schema, name, validity and youth of all that a build without a name may have made."""
    tokens = _after_index(statement.text)
    words = [token.text.upper() for token in tokens]
    if words[0] != "ON":
        return []
    parameters = {"table": _table(tokens[1:]), "since": since or None}
    return connection.execute(_FIND_UNNAMED, parameters).fetchall()


def _named_index(statement: Statement) -> tuple[str, str] | None:
    """Return the table as written and the index's name; None where the server makes that up."""
    name, *rest = _after_index(statement.text)
    words = [token.text.upper() for token in rest]
    if name.text.upper() == "ON" or "ON" not in words:
        return None
    return _table(rest[words.index("ON") + 1 :]), _folded(name)


def _table(tokens: Sequence[Token]) -> str:
    """Return the table as written."""
    table = itertools.takewhile(
        lambda token: token.text != "(" and token.text.upper() != "USING", tokens
    )
    return "".join(token.text for token in table)


def _after_index(statement: str) -> list[Token]:
    """Return the tokens that follow INDEX, options left out."""
    tokens = [token for token in significant(statement) if token.text.upper() not in _SKIPPED]
    return tokens[[token.text.upper() for token in tokens].index("INDEX") + 1 :]


def _folded(token: Token) -> str:
    if token.kind is Kind.NAME:
        return token.text[1:-1].replace('""', '"')
    return token.text.lower()
