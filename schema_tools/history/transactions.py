"""The one list of statements that cannot run inside a transaction block, by server version.

Taken from the calls of ``PreventInTransactionBlock`` in PostgreSQL 15 to 18, as the manual's page
of each command says too; tests run every line of it on real servers. What the text does not show
is not here: REINDEX or CLUSTER of a partitioned table, a DO block or a procedure that commits.
DROP SUBSCRIPTION is, though one without a slot may be dropped in a transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schema_tools.findings import Finding, Location, Severity
from schema_tools.history.migration import Migration, Statement
from schema_tools.history.verbs import has, is_on, options, words_of
from schema_tools.lexer import significant

NEWEST = 180000


@dataclass(frozen=True, slots=True)
class Rule:
    """A command that needs to be on its own, from one server version on.

    ``when`` looks at the statement where the verb alone does not tell.
    """

    verb: str
    when: Callable[[Statement], bool] | None = None
    since: int = 150000

    def matches(self, statement: Statement, server_version: int) -> bool:
        """Return whether a server of that version refuses a statement of this verb."""
        return server_version >= self.since and (self.when is None or self.when(statement))


def needs_no_transaction(statement: Statement, server_version: int = NEWEST) -> bool:
    """Return whether the server refuses the statement inside a transaction block."""
    rules = _RULES.get(statement.verb, ())
    return any(rule.matches(statement, server_version) for rule in rules)


def transaction_problems(
    migration: Migration, server_version: int = NEWEST
) -> tuple[Finding, ...]:
    """Return a finding for each statement that cannot run in its half's BEGIN … COMMIT."""
    return tuple(
        _finding(migration, name, statement)
        for name, part in (("UP", migration.up), ("DOWN", migration.down))
        if part.explicit
        for statement in part.statements
        if needs_no_transaction(statement, server_version)
    )


def _finding(migration: Migration, name: str, statement: Statement) -> Finding:
    alone = (
        f"Take BEGIN; and COMMIT; out of the {name} part (best in a file that holds this "
        "statement alone, with the header line `-- Transaction: off`)"
    )
    other = (
        "or leave out the word CONCURRENTLY, which blocks writes to the table meanwhile"
        if statement.verb.endswith("CONCURRENTLY")
        else "or move the statement into a file of its own, without BEGIN; and COMMIT;"
    )
    return Finding(
        code="file.nontransactional",
        severity=Severity.CRITICAL,
        message=(
            f"{statement.verb} cannot run inside a transaction, and BEGIN … COMMIT makes the "
            f"{name} part of {migration.version} one"
        ),
        hint=f"{alone}, {other}.",
        locations=(Location(migration.path, statement.line),),
    )


def _without_table(statement: Statement) -> bool:
    return not set(words_of(statement.text)[1:]) - {"()", "VERBOSE"}


def _creates_slot(statement: Statement) -> bool:
    given = options(significant(statement.text))
    return is_on(given, "CREATE_SLOT", default=is_on(given, "CONNECT", default=True))


def _refreshes(statement: Statement) -> bool:
    words = words_of(statement.text)
    if has(words, "REFRESH", "PUBLICATION"):
        return True
    names_publications = any(has(words, verb, "PUBLICATION") for verb in ("SET", "ADD", "DROP"))
    return names_publications and is_on(
        options(significant(statement.text)), "REFRESH", default=True
    )


def _sets_failover(statement: Statement) -> bool:
    return "FAILOVER" in _set_options(statement)


def _unsets_two_phase(statement: Statement) -> bool:
    return not is_on(_set_options(statement), "TWO_PHASE", default=True)


def _set_options(statement: Statement) -> dict[str, str]:
    """Return the options of ``SET (…)``."""
    if not has(words_of(statement.text), "SET", "()"):
        return {}
    return options(significant(statement.text))


_LIST = (
    Rule("ALTER DATABASE SET TABLESPACE"),
    Rule("ALTER SUBSCRIPTION", when=_refreshes),
    Rule("ALTER SUBSCRIPTION", when=_sets_failover, since=170000),
    Rule("ALTER SUBSCRIPTION", when=_unsets_two_phase, since=180000),
    Rule("ALTER SYSTEM"),
    Rule("ALTER TABLE DETACH PARTITION CONCURRENTLY"),
    Rule("CLUSTER", when=_without_table),
    Rule("CREATE DATABASE"),
    Rule("CREATE INDEX CONCURRENTLY"),
    Rule("CREATE SUBSCRIPTION", when=_creates_slot),
    Rule("CREATE TABLESPACE"),
    Rule("DISCARD ALL"),
    Rule("DROP DATABASE"),
    Rule("DROP INDEX CONCURRENTLY"),
    Rule("DROP SUBSCRIPTION"),
    Rule("DROP TABLESPACE"),
    Rule("REINDEX DATABASE"),
    Rule("REINDEX DATABASE CONCURRENTLY"),
    Rule("REINDEX INDEX CONCURRENTLY"),
    Rule("REINDEX SCHEMA"),
    Rule("REINDEX SCHEMA CONCURRENTLY"),
    Rule("REINDEX SYSTEM"),
    Rule("REINDEX TABLE CONCURRENTLY"),
    Rule("VACUUM"),
)
_RULES = {
    verb: tuple(rule for rule in _LIST if rule.verb == verb) for verb in {r.verb for r in _LIST}
}
