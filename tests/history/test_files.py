"""A migration file as a value: one case for each file in the folder `cases`."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema_tools.errors import MigrationFileError
from schema_tools.history.files import is_timestamp, parse_migration, read_migration
from schema_tools.history.headings import heading_problems
from schema_tools.history.transactions import transaction_problems

CASES = sorted(Path(__file__).with_name("cases").glob("*.sql"))
PART = {"statements": [], "transactional": True, "explicit": False, "modes": "", "preamble": []}


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_file_is_read_as_the_case_says(file):
    expected = tomllib.loads(file.with_suffix(".toml").read_text(encoding="utf-8"))
    if "error" in expected:
        with pytest.raises(MigrationFileError) as refused:
            read_migration(file, file.name)
        error = refused.value
        assert (error.message, error.line) == (expected["error"], expected["line"])
        assert (error.path, bool(error.hint)) == (file.name, True)
        return
    migration = read_migration(file, file.name)
    assert _part(migration.up) == _expected_part(expected, "up")
    assert _part(migration.down) == _expected_part(expected, "down")
    assert dict(migration.header) == expected.get("header", {})
    if "down_texts" in expected:
        assert [each.text for each in migration.down.statements] == expected["down_texts"]
    problems = (*transaction_problems(migration), *heading_problems(migration))
    found = [(each.locations[0].line, each.message) for each in problems]
    said = expected.get("problems", [])
    assert len(found) == len(said)
    for (line, message), (expected_line, beginning) in zip(found, said, strict=True):
        assert line == expected_line
        assert message.startswith(beginning)


def test_every_case_has_its_answer_and_every_answer_its_case():
    folder = Path(__file__).with_name("cases")
    assert {each.stem for each in folder.glob("*.toml")} == {each.stem for each in CASES}


def _part(part):
    return {
        "statements": [[each.line, each.verb] for each in part.statements],
        "transactional": part.transactional,
        "explicit": part.explicit,
        "modes": part.modes,
        "preamble": [[each.line, each.verb] for each in part.preamble],
    }


def _expected_part(expected, name):
    given = {key: expected.get(f"{name}_{key}", value) for key, value in PART.items()}
    return {**given, "statements": expected.get(name, [])}


def test_name_number_and_version_come_from_the_file_name():
    migration = parse_migration("004_add_phone.sql", b"SELECT 1", "m/004_add_phone.sql")
    assert (migration.version, migration.number, migration.name) == (
        "004_add_phone",
        4,
        "add_phone",
    )
    assert migration.path == "m/004_add_phone.sql"


@pytest.mark.parametrize(
    "name", ["0004_a.sql", "20260131120000_add_phone_2.sql", "000_a.sql", "999999_a1_b2.sql"]
)
def test_three_digits_or_more_begin_a_name(name):
    assert parse_migration(name, b"SELECT 1", name).number == int(name.split("_")[0])


@pytest.mark.parametrize(
    "name",
    [
        *("04_a.sql", "a.sql", "004.sql", "004_.sql", "004_Add.sql", "004-a.sql", "004_a b.sql"),
        *("004_a__b.sql", "004_a_.sql", "004_ä.sql", "٠٠٤_a.sql", "004_a.SQL", "004_a.sql.sql"),
    ],
)
def test_any_other_name_is_refused(name, tmp_path):
    with pytest.raises(MigrationFileError, match="not named as a migration"):
        read_migration(tmp_path / name, name)


def test_only_fourteen_digits_are_a_time():
    assert is_timestamp(20260131120000)
    assert not is_timestamp(2026013112000)
    assert not is_timestamp(4)


def test_the_checksum_is_that_of_sha256sum():
    data = "-- größe\nSELECT 1;\n".encode()
    assert parse_migration("001_a.sql", data, "x").checksum == hashlib.sha256(data).hexdigest()


def test_bom_and_carriage_returns_change_nothing():
    plain = parse_migration("001_a.sql", b"SELECT 1;\nSELECT '\n';\n", "x")
    other = parse_migration("001_a.sql", b"\xef\xbb\xbfSELECT 1;\r\nSELECT '\r\n';\r\n", "x")
    assert other == plain
    assert other.up.statements[1].text == "SELECT '\n'"


def test_a_place_in_a_statement_is_one_in_the_file():
    first, second = parse_migration("001_a.sql", b"\n a; bc\n d;", "x").up.statements
    assert [first.place(1), second.place(1), second.place(2)] == [(2, 2), (2, 5), (2, 6)]
    assert [second.place(position) for position in (4, 5)] == [(3, 1), (3, 2)]


def test_a_carriage_return_alone_stays():
    assert parse_migration("001_a.sql", b"SELECT '\r'", "x").up.statements[0].text == "SELECT '\r'"


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"SELECT 1;\r\nSELECT 'gr\xf6\xdfe';", 2, "the file is not UTF-8: byte 0xf6"),
        ("SELECT 1;".encode("utf-16"), 0, "the file is UTF-16, not UTF-8"),
        (b"SELECT 1;\n\n\0", 3, "the file holds a NUL byte"),
    ],
)
def test_other_bytes_than_utf8_text_are_refused(data, line, message):
    with pytest.raises(MigrationFileError) as refused:
        parse_migration("001_a.sql", data, "m/001_a.sql")
    assert refused.value.message.startswith(message)
    assert refused.value.line == line
    assert str(refused.value).startswith(f"m/001_a.sql:{line}: " if line else "m/001_a.sql: ")


def test_a_file_that_cannot_be_read_says_why(tmp_path):
    with pytest.raises(MigrationFileError, match="cannot be read: No such file") as refused:
        read_migration(tmp_path / "001_a.sql", "m/001_a.sql")
    assert refused.value.path == "m/001_a.sql"


LINES = st.lists(
    st.sampled_from(
        [
            *("-- UP", "-- DOWN", "-- Lock-Timeout: 5s", "-- Transaction: off", "-- a: b"),
            *("BEGIN;", "COMMIT;", "-- BEGIN;", "-- COMMIT;", "ROLLBACK;", "SET a = 'b';"),
            *("SELECT 1;", "  SELECT '", "SELECT 1; SELECT", "';", "-- SELECT 2;", "-- DROP"),
            *("-- drop table x; DROP y;", "--   TABLE z;", "-- Prose; it's", "/* a", "*/", "$$"),
            *(
                "-- $$",
                "-- CREATE FUNCTION f() BEGIN ATOMIC",
                "-- SELECT 1; END;",
                "(",
                ");",
                "\\x",
            ),
            *("CREATE INDEX CONCURRENTLY i ON t (a);", "", "VACUUM", ";", "größe\u00a0"),
        ]
    ),
    max_size=12,
)


@given(LINES)
def test_statements_stand_in_the_file_where_they_say_or_the_file_is_refused_with_a_line(lines):
    migration = _migration_or_error("\n".join(lines))
    if isinstance(migration, MigrationFileError):
        assert 0 <= migration.line <= len(lines)
        assert migration.hint
        return
    for part, mark in ((migration.up, ""), (migration.down, "-- ")):
        for each in (*part.preamble, *part.statements):
            in_line = lines[each.line - 1].removeprefix(mark)[each.column - 1 :]
            assert in_line.startswith(each.text.split("\n")[0])
    assert migration.up.statements


def _migration_or_error(text):
    try:
        return parse_migration("001_a.sql", text.encode(), "x")
    except MigrationFileError as error:
        return error


@pytest.mark.db
def test_the_guides_sample_runs_forward_and_back_once_mended(database):
    file = Path(__file__).with_name("cases") / "063_sample_mended.sql"
    migration = read_migration(file, file.name)
    tables = "SELECT relname FROM pg_class WHERE relname ~ '^user' AND relkind = 'r' ORDER BY 1"
    database.execute("CREATE TABLE users (id uuid PRIMARY KEY)")
    for each in migration.up.statements:
        database.execute(each.text)
    assert database.execute(tables) == [("user_notification_preferences",), ("users",)]
    for each in migration.down.statements:
        database.execute(each.text)
    assert database.execute(tables) == [("users",)]


@pytest.mark.db
def test_the_servers_error_position_leads_to_the_place_in_the_file(database):
    text = "-- größe\nSELECT 1;  SELECT 'ä',\n  nowhere;\nSELECT 2; SELECT nowhere\n"
    statements = parse_migration("001_a.sql", text.encode(), "x").up.statements
    for number, expected in ((1, (3, 3)), (3, (4, 18))):
        statement = statements[number]
        with pytest.raises(psycopg.errors.UndefinedColumn) as failed:
            database.execute(statement.text)
        line, column = statement.place(int(failed.value.diag.statement_position))
        assert (line, column) == expected
        assert text.split("\n")[line - 1][column - 1 :].startswith("nowhere")
