"""Which statements run outside any transaction, and which of these may run once more."""

from __future__ import annotations

from schema_tools.history.migration import Statement
from schema_tools.history.transactions import needs_no_transaction

# These may commit by themselves or, on a partitioned table, need to: the text does not show it.
_MAY_COMMIT = frozenset({"DO", "CALL", "REINDEX", "CLUSTER"})

# A failed build is dropped first, and the others come to the same end. Not DO and CALL, which may
# have committed a part, nor REINDEX CONCURRENTLY and DETACH CONCURRENTLY, which leave something.
_MAY_BEGIN_ANEW = frozenset(
    {
        "CLUSTER",
        "CREATE INDEX CONCURRENTLY",
        "DROP INDEX CONCURRENTLY",
        "REINDEX INDEX",
        "REINDEX TABLE",
        "VACUUM",
    }
)


def runs_alone(statement: Statement, server_version: int) -> bool:
    """Return whether a statement has to be outside a transaction, or may have to be."""
    may_commit = statement.verb.split(" ")[0] in _MAY_COMMIT
    return may_commit or needs_no_transaction(statement, server_version)


def may_begin_anew(statement: Statement) -> bool:
    """Return whether a statement that ran alone may run once more where it was cut short."""
    return statement.verb in _MAY_BEGIN_ANEW
