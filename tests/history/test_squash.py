"""Several files as one: what is edited, what is set back, and what stays byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schema_tools.errors import DraftRefused, MigrationFileError
from schema_tools.history.files import parse_migration
from schema_tools.history.migration import Migration
from schema_tools.history.section import commented, down_section, up_section
from schema_tools.history.squash import Way, join
from schema_tools.history.squashed import squashed_files
from schema_tools.services.new_file import Body
from tests.history.strategies import files

HEADER = """\
-- ==========================================
-- Migration: 002_b.sql
-- Author: Jo
-- Purpose: A long story that
--     goes on here
-- Ticket: X-1
-- ==========================================

-- What this is for: a comment that stays
-- 🔄 FORWARD MIGRATION (UP)
"""


def file(text: str, version: str = "002_b") -> Migration:
    return parse_migration(f"{version}.sql", text.encode(), f"m/{version}.sql")


def up(text: str, *, transactional: bool = True) -> str:
    return up_section(file(text), transactional=transactional)


def test_of_the_header_only_what_is_the_projects_own_stays():
    found = up(HEADER + "BEGIN;\n\n-- first\nSELECT 1;\n\nCOMMIT;\n-- DOWN\n-- SELECT 2;\n")
    assert found == (
        "-- Ticket: X-1\n\n-- What this is for: a comment that stays\n\n-- first\nSELECT 1;"
    )


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1;",
        "SELECT ';' -- it's\n  , $$ COMMIT; $$;\n\n\n/* a\n   b */ SELECT 2; -- behind",
        "-- a box\n-- =====\n\nCREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END;",
        "-- first\nSELECT 'trailing   \n   \n';\n-- last",
    ],
)
def test_what_is_of_no_concern_stays_byte_for_byte(text):
    assert up(text) == text
    assert up(text, transactional=False) == text
    assert up(f"BEGIN;\n{text}\nCOMMIT;\n") == text
    assert up(f"START TRANSACTION;\n{text}\n  END;\n-- DOWN\n-- SELECT 3;\n") == text


OFF = "CONCURRENTLY false"
DETACH = "ALTER TABLE t DETACH PARTITION p CONCURRENTLY"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("CREATE INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX i ON t (a)"),
        ("create unique index\n concurrently i on t (a)", "create unique index i on t (a)"),
        ("CREATE INDEX CONCURRENTLY ON t (concurrently)", "CREATE INDEX ON t (concurrently)"),
        ("DROP INDEX CONCURRENTLY IF EXISTS i", "DROP INDEX IF EXISTS i"),
        ("REINDEX TABLE CONCURRENTLY t", "REINDEX TABLE t"),
        ("REINDEX (VERBOSE) INDEX CONCURRENTLY i", "REINDEX (VERBOSE) INDEX i"),
        ("REINDEX (CONCURRENTLY) INDEX i", "REINDEX (CONCURRENTLY false) INDEX i"),
        (
            "REINDEX (CONCURRENTLY on, VERBOSE) TABLE t",
            "REINDEX (CONCURRENTLY false, VERBOSE) TABLE t",
        ),
        # It runs in a transaction, or means something else without the word.
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY v", "REFRESH MATERIALIZED VIEW CONCURRENTLY v"),
        (DETACH, DETACH),
        ("CREATE TABLE concurrently (a int)", "CREATE TABLE concurrently (a int)"),
    ],
)
def test_indexes_are_built_at_once(before, after):
    assert up(f"{before};") == f"{after};"
    assert up(f"{before};", transactional=False) == f"{after};"


# A statement as the last of a file; what becomes of it in one transaction, and without any.
SETTING = """
SET a.b = 1
    SET LOCAL a.b = 1; SET LOCAL a.b TO DEFAULT;
    SET a.b = 1; RESET a.b;
SET SESSION work_mem TO '1MB'
    SET LOCAL work_mem TO '1MB'; SET LOCAL work_mem TO DEFAULT;
    SET SESSION work_mem TO '1MB'; RESET work_mem;
SET LOCAL work_mem TO '1MB'
    SET LOCAL work_mem TO '1MB'; SET LOCAL work_mem TO DEFAULT;
    SET work_mem TO '1MB'; RESET work_mem;
SET search_path FROM CURRENT
    SET LOCAL search_path FROM CURRENT; SET LOCAL search_path TO DEFAULT;
    SET search_path FROM CURRENT; RESET search_path;
SET time zone 'UTC'
    SET LOCAL time zone 'UTC'; SET LOCAL timezone TO DEFAULT;
    SET time zone 'UTC'; RESET timezone;
SET SCHEMA 'app'
    SET LOCAL SCHEMA 'app'; SET LOCAL search_path TO DEFAULT;
    SET SCHEMA 'app'; RESET search_path;
SET XML OPTION DOCUMENT
    SET LOCAL XML OPTION DOCUMENT; SET LOCAL xmloption TO DEFAULT;
    SET XML OPTION DOCUMENT; RESET xmloption;
SET SEED TO 0.5
    SET LOCAL SEED TO 0.5;
    SET SEED TO 0.5;
SET ROLE owner
    SET ROLE owner; RESET ROLE;
    SET ROLE owner; RESET ROLE;
SET LOCAL ROLE owner
    SET LOCAL ROLE owner; RESET ROLE;
    SET ROLE owner; RESET ROLE;
SET SESSION AUTHORIZATION me
    SET SESSION AUTHORIZATION me; RESET SESSION AUTHORIZATION;
    SET SESSION AUTHORIZATION me; RESET SESSION AUTHORIZATION;
SET CONSTRAINTS ALL DEFERRED
    SET CONSTRAINTS ALL DEFERRED; SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
SET CONSTRAINTS ALL IMMEDIATE
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL IMMEDIATE;
SELECT pg_catalog.set_config('search_path', '', false)
    SELECT pg_catalog.set_config('search_path', '', false); RESET search_path;
    SELECT pg_catalog.set_config('search_path', '', false); RESET search_path;
CREATE TEMP TABLE x ()
    CREATE TEMP TABLE x (); DISCARD TEMP;
    CREATE TEMP TABLE x (); DISCARD TEMP;
PREPARE p AS SELECT 1
    PREPARE p AS SELECT 1; DEALLOCATE ALL;
    PREPARE p AS SELECT 1; DEALLOCATE ALL;
RESET work_mem
    RESET work_mem;
    RESET work_mem;
CREATE FUNCTION f() RETURNS int SET search_path = '' RETURN 1
    CREATE FUNCTION f() RETURNS int SET search_path = '' RETURN 1;
    CREATE FUNCTION f() RETURNS int SET search_path = '' RETURN 1;
"""
LINES = [line.strip() for line in SETTING.strip().splitlines()]


@pytest.mark.parametrize(
    ("statement", "in_one", "singly"), list(zip(LINES[::3], LINES[1::3], LINES[2::3], strict=True))
)
def test_what_a_file_sets_is_set_back_behind_it(statement, in_one, singly):
    assert up(f"{statement};").replace(";\n", "; ") == in_one
    assert up(f"{statement};", transactional=False).replace(";\n", "; ") == singly


def test_it_is_set_back_once_and_at_the_end():
    found = up("SET search_path = a;\nBEGIN;\nSELECT 1;\nSET LOCAL search_path = b;\nCOMMIT;\n")
    assert found == (
        "SET LOCAL search_path = a;\nSELECT 1;\nSET LOCAL search_path = b;\n"
        "SET LOCAL search_path TO DEFAULT;"
    )


def test_without_a_transaction_nothing_is_locked_for_its_length():
    text = "BEGIN;\nLOCK TABLE t;\nSELECT 1;\nCOMMIT;"
    assert up(text, transactional=False) == "SELECT 1;"
    assert up(text) == "LOCK TABLE t;\nSELECT 1;"


def test_what_is_about_the_transaction_goes():
    before = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n"
    text = f"{before}BEGIN;\nSET TRANSACTION DEFERRABLE;\nSELECT 1;\nCOMMIT;"
    assert up(text) == "SELECT 1;"


@pytest.mark.parametrize("text", ["SELECT 1", "SELECT 1 -- the end", "BEGIN;\nSELECT 1;\nCOMMIT"])
def test_the_last_statement_is_ended(text):
    assert up(text).replace(" -- the end", "") == "SELECT 1;"


def test_a_comment_that_was_no_heading_becomes_none():
    text = "BEGIN;\nSELECT 1;\n-- DOWN\n-- Rollback section\nSELECT 2;\nCOMMIT;\n"
    assert up(text) == "SELECT 1;\n-- DOWN of 002_b\n-- Rollback section\nSELECT 2;"


@pytest.mark.parametrize("transactional", [True, False])
@pytest.mark.parametrize("text", ["SELECT 1", "BEGIN;\nSELECT 1;\nCOMMIT"])
def test_a_heading_behind_a_statement_without_an_end_becomes_none(text, transactional):
    """The file runs so; the semicolon that is put before it must not make it a heading."""
    found = up(f"{text}\n-- why\n-- DOWN\n-- SELECT 2;\n", transactional=transactional)
    assert found == "SELECT 1;\n-- why\n-- DOWN of 002_b\n-- SELECT 2;"


def test_the_rollback_keeps_its_prose_and_comments():
    down = "-- To undo this:\n-- BEGIN;\n-- -- why\n-- DROP TABLE t;\n\n-- COMMIT;\n"
    found = down_section(file(f"SELECT 1;\n-- DOWN\n{down}"), transactional=True)
    assert found == "To undo this:\n-- why\nDROP TABLE t;"
    assert commented("a\n\n  b") == "-- a\n--\n--   b"
    assert down_section(file("SELECT 1;"), transactional=True) == ""


def joined(*texts: str, way: Way = Way.AT_ONCE, **more):
    files = [file(text, f"00{number}_f") for number, text in enumerate(texts, start=1)]
    return join(files, way, **more)


def whole(found, version: str = "009_squashed") -> Migration:
    """Return what was joined, read as a file."""
    body = Body(
        found.up, found.down, found.way is not Way.SINGLY, found.requires, found.modes, found.lines
    )
    return file(f"{body.directives}-- UP\n{body.whole_up}\n-- DOWN\n{body.down}", version)


UNDOABLE = "CREATE TABLE t{0} ();\n-- DOWN\n-- DROP TABLE t{0};\n"


@pytest.mark.parametrize("way", Way)
def test_it_reads_as_its_parts(way):
    found = joined(*(UNDOABLE.format(n) for n in (1, 2, 3)), way=way)
    migration = whole(found)
    assert found.reads_as_written(migration)
    assert [s.text for s in migration.up.statements][-3:] == [
        "CREATE TABLE t1 ()", "CREATE TABLE t2 ()", "CREATE TABLE t3 ()",
    ]  # fmt: skip
    assert [s.text for s in migration.down.statements] == [
        "DROP TABLE t3", "DROP TABLE t2", "DROP TABLE t1",
    ]  # fmt: skip
    assert migration.up.transactional is migration.down.transactional is (way is not Way.SINGLY)
    (squashed,) = squashed_files([migration])
    assert [each.version for each in squashed.members] == ["001_f", "002_f", "003_f"]


@given(st.lists(files(), min_size=1, max_size=4), st.sampled_from(Way))
def test_whatever_the_files_say_they_say_as_one(texts, way):
    """Strings, bodies and comments with all that could be taken for a border or a heading."""
    members = []
    for number, text in enumerate(texts, start=1):
        try:
            up = f"-- Purpose: {number}\nBEGIN;\n{text}\n;SELECT {number}\n;\n-- DOWN\nCOMMIT;\n"
            down = "".join(f"-- {line}\n" for line in f"{text}\n;SELECT -{number}\n;".split("\n"))
            members.append(file(f"{up}-- DOWN\n{down}", f"00{number}_f"))
        except MigrationFileError:
            assume(False)
    found = join(members, way)
    migration = whole(found)
    assert found.reads_as_written(migration)
    said = [s.text for each in members for s in each.up.statements]
    assert [s.text for s in migration.up.statements][-len(said) :] == said
    undone = [s.text for each in members[::-1] for s in each.down.statements]
    assert [s.text for s in migration.down.statements] == undone
    again = whole(join([migration, file("SELECT 0;\n-- DOWN\n-- SELECT 0;\n", "010_g")], way))
    assert [s.text for s in again.up.statements][-len(said) - 1 : -1] == said


@pytest.mark.parametrize(
    ("second", "third", "expected"),
    [
        ("ALTER TYPE mood ADD VALUE 'ok';", "SELECT 'ok'::mood;", True),
        ("ALTER TYPE mood ADD VALUE 'ok' BEFORE 'sad';", "DO $$BEGIN PERFORM 'ok'; END$$;", True),
        ("ALTER TYPE mood ADD VALUE 'ok';", "SELECT 'okay';", False),
        ("ALTER TYPE mood RENAME VALUE 'sad' TO 'ok';", "SELECT 'ok'::mood;", False),
    ],
)
def test_a_label_that_is_named_after_it_was_added(second, third, expected):
    first = "CREATE TYPE mood AS ENUM ('sad', 'ok?');"
    assert joined(first, second, third).uses_new_labels is expected


def test_files_without_directives_are_joined_without_any():
    assert joined("SELECT 1;\n-- DOWN\n-- SELECT 2;\n").lines[0].startswith("Squashes: ")


def test_another_text_does_not_read_as_its_parts():
    found = joined("SELECT 1;", "SELECT 2;")
    assert not found.reads_as_written(whole(joined("SELECT 1;", "SELECT 3;")))


def test_members_of_a_member_are_told_with_where_they_are():
    inner = whole(joined(UNDOABLE.format(1), UNDOABLE.format(2)), "002_squashed")
    outer = join([inner, file("SELECT 3;", "003_c")], Way.AT_ONCE)
    (first,) = squashed_files([whole(outer)])
    assert [(each.version, each.inside) for each in first.members] == [
        ("002_squashed", ""),
        ("001_f", "002_squashed"),
        ("002_f", "002_squashed"),
        ("003_c", ""),
    ]
    third = join([whole(outer, "003_squashed"), file("SELECT 4;", "004_d")], Way.AT_ONCE)
    (deepest,) = squashed_files([whole(third)])
    assert [(each.version, each.inside) for each in deepest.members] == [
        ("003_squashed", ""),
        ("002_squashed", "003_squashed"),
        ("001_f", "002_squashed"),
        ("002_f", "002_squashed"),
        ("003_c", "003_squashed"),
        ("004_d", ""),
    ]


def test_the_header_says_what_holds_for_all():
    found = joined(
        "-- Requires: auth.0001_initial, auth.0002_x\n-- Environment: all\nSELECT 1;",
        "-- Requires: auth.0001_initial\n-- Statement-Timeout: 2min\nSELECT 2;",
        "-- Lock-Timeout: 1s\n-- Environment: test\nSELECT 3;",
        statement_timeout=30.0,
    )
    assert found.requires == ("auth.0001_initial", "auth.0002_x")
    assert found.lines[:3] == (
        "Environment: all, test",
        "Statement-Timeout: 120000ms",
        "Irreversible: 001_f has no rollback",
    )


@pytest.mark.parametrize(
    ("given", "default", "expected"),
    [
        ("", 0.0, None),
        ("", 30.0, None),
        ("-- Statement-Timeout: 5s\n", 30.0, None),
        ("-- Statement-Timeout: 0\n", 30.0, "Statement-Timeout: 0"),
        ("-- Statement-Timeout: 1h\n", 30.0, "Statement-Timeout: 3600000ms"),
        ("-- Statement-Timeout: 1h\n", 0.0, None),
    ],
)
def test_no_statement_is_given_less_time_than_its_file_gave_it(given, default, expected):
    lines = joined("SELECT 1;", f"{given}SELECT 2;", statement_timeout=default).lines
    found = [line for line in lines if line.startswith("Statement-Timeout")]
    assert found == ([expected] if expected else [])


REPEATABLE = "BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT 1;\nCOMMIT;"
SERIALIZABLE = "BEGIN;\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\nCOMMIT;"


@pytest.mark.parametrize(
    ("texts", "modes"),
    [
        (["SELECT 1;"], ""),
        ([REPEATABLE, "SELECT 1;"], "ISOLATION LEVEL REPEATABLE READ"),
        ([SERIALIZABLE, REPEATABLE], "ISOLATION LEVEL SERIALIZABLE"),
        (["BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE;\nSELECT 1;\nCOMMIT;"], ""),
    ],
)
def test_the_strictest_isolation_holds_for_all(texts, modes):
    assert joined(*texts).modes == modes
    assert joined(*texts, way=Way.SINGLY).modes == ""
    if modes:
        assert whole(joined(*texts)).up.modes == modes


@pytest.mark.parametrize("mode", ["READ ONLY", "ISOLATION LEVEL SERIALIZABLE, READ ONLY"])
def test_what_others_cannot_share_is_refused(mode):
    with pytest.raises(DraftRefused, match="READ ONLY") as caught:
        joined("SELECT 1;", f"BEGIN {mode};\nSELECT 1;\nCOMMIT;")
    assert caught.value.where == "m/002_f.sql"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT 1;", "002_f has no rollback"),
        ("-- Irreversible: gone is gone\nSELECT 1;", "002_f: gone is gone"),
    ],
)
def test_one_without_a_way_back_leaves_none(text, reason):
    migration = whole(joined(UNDOABLE.format(1), text))
    assert migration.header["Irreversible"] == reason
    assert migration.down.statements == ()


def test_a_rollback_that_needs_no_transaction_has_none():
    migration = whole(joined(UNDOABLE.format(1), "SELECT 1;\n-- DOWN\n-- VACUUM t1;\n"))
    assert migration.up.explicit
    assert not migration.down.transactional
    concurrently = "SELECT 1;\n-- DOWN\n-- DROP INDEX CONCURRENTLY i;\n"
    assert whole(joined(UNDOABLE.format(1), concurrently)).down.explicit
