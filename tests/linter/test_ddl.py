"""What is no complete definition is read somehow; only the server refuses it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema_tools.history.files import parse_migration
from schema_tools.linter.context import Context
from schema_tools.linter.replay import catalog_of
from schema_tools.linter.rule import rules

WORDS = """
    ADD ALTER AND ATTACH BY COLUMN CONCURRENTLY CONSTRAINT CREATE DROP EXCLUDE EXISTS FOREIGN IF
    INCLUDING INDEX INDEXES IS KEY LIKE NOT NULL OF ON ONLY PARTITION PRIMARY REFERENCES RENAME
    SCHEMA SET TABLE TO UNIQUE USING WHERE WITH a b "c" s.t ( ( ) ) , , . [ ] * '' 1 = ::
""".split()


def findings_in(sql: str) -> int:
    """Return how much all rules find in a file of that text."""
    migration = parse_migration("001_a.sql", sql.encode(), "001_a.sql")
    context = Context(migration, (migration,), catalog_of([migration]))
    return sum(len(list(rule.check(context))) for rule in rules().values() if rule.check)


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE",
        "ALTER TABLE t",
        "ALTER TABLE t ADD",
        "ALTER TABLE t ADD CONSTRAINT",
        "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY",
        "ALTER TABLE t ADD a int, , DROP",
        "ALTER TABLE t RENAME",
        "ALTER TABLE t ATTACH PARTITION",
        "ALTER INDEX i RENAME TO",
        "CREATE TABLE",
        "CREATE TABLE t (a int[, b int REFERENCES)",
        "CREATE TABLE t (CONSTRAINT UNIQUE REFERENCES)",
        "CREATE TABLE t (LIKE)",
        "CREATE INDEX",
        "CREATE INDEX ON t (a) WHERE AND",
        "CREATE INDEX i ON t )()",
        "DROP TABLE a,",
        "DROP INDEX",
    ],
)
def test_an_incomplete_statement_is_no_error(sql):
    assert findings_in(f"{sql};")


@given(
    st.sampled_from(["CREATE TABLE", "ALTER TABLE t", "CREATE INDEX"]),
    st.lists(st.sampled_from(WORDS)),
)
def test_no_sequence_of_words_is_an_error(start, words):
    text = " ".join([start, *words])
    text += ")" * (text.count("(") + 1)
    assert findings_in(f"{text};")
