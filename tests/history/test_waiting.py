"""Which statements may wait without a limit, and which may run once more."""

from __future__ import annotations

import pytest

from schema_tools.history.alone import may_begin_anew, runs_alone
from schema_tools.history.statements import split
from schema_tools.history.waiting import may_wait


def statement(text: str):
    (found,) = split(text)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "CREATE INDEX CONCURRENTLY i ON t (id)",
        "DROP INDEX CONCURRENTLY i",
        "REINDEX (CONCURRENTLY) TABLE t",
        "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
        "ALTER TABLE t VALIDATE CONSTRAINT c",
        'alter table IF EXISTS ONLY s."T t" * validate constraint c, VALIDATE CONSTRAINT "d"',
    ],
)
def test_what_blocks_nobody_may_wait(text):
    assert may_wait(statement(text))


@pytest.mark.parametrize(
    "text",
    [
        "CREATE INDEX i ON t (id)",
        "ALTER TABLE t ADD CHECK (a > 0)",
        "ALTER TABLE t VALIDATE CONSTRAINT c, ADD COLUMN d int",
        "ALTER TABLE t ADD COLUMN d int, VALIDATE CONSTRAINT c",
        "ALTER TABLE validate RENAME CONSTRAINT c TO d",
        'ALTER TABLE t RENAME "VALIDATE" TO "CONSTRAINT"',
        "ALTER DOMAIN d VALIDATE CONSTRAINT c",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
        "UPDATE t SET a = 1",
    ],
)
def test_what_others_wait_behind_may_not(text):
    assert not may_wait(statement(text))


@pytest.mark.parametrize(
    ("before", "may"),
    [
        ("", True),
        ("SET search_path = s; SET LOCAL work_mem = '1GB'; RESET role", True),
        ("ALTER TABLE t VALIDATE CONSTRAINT a", True),
        ("ALTER TABLE other ADD COLUMN b int", False),
        ("SET search_path = s; UPDATE other SET a = 1", False),
    ],
)
def test_nor_may_what_has_locked_something_before(before, may):
    validate = statement("ALTER TABLE t VALIDATE CONSTRAINT c")
    assert may_wait(validate, split(before)) == may


@pytest.mark.parametrize(
    ("text", "alone", "anew"),
    [
        ("CREATE INDEX CONCURRENTLY i ON t (id)", True, True),
        ("DROP INDEX CONCURRENTLY i", True, True),
        ("VACUUM t", True, True),
        ("REINDEX TABLE t", True, True),
        ("REINDEX TABLE CONCURRENTLY t", True, False),
        ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", True, False),
        ("DO $$ BEGIN END $$", True, False),
        ("CALL p()", True, False),
        ("CREATE TABLE t (id int)", False, False),
    ],
)
def test_only_what_is_whole_or_not_there_is_begun_anew(text, alone, anew):
    assert runs_alone(statement(text), 180000) == alone
    assert may_begin_anew(statement(text)) == anew
