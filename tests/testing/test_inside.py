"""What of SQL files is run in a test database: nothing that reaches beyond it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from schema_tools.history.files import read_migration
from schema_tools.testing.inside import inside


def kept(tmp_path, sql):
    path = tmp_path / "001_first.sql"
    path.write_text(dedent(sql), encoding="utf-8")
    migration = read_migration(path, path.name)
    found = inside([migration], live="shop", database="scratch_1")
    return migration, found


@pytest.mark.parametrize(
    ("statement", "runs"),
    [
        ("CREATE TABLE t ()", "CREATE TABLE t ()"),
        ("GRANT SELECT ON t TO reader", "GRANT SELECT ON t TO reader"),
        ("ALTER TABLE t OWNER TO app", "ALTER TABLE t OWNER TO app"),
        ("CREATE SCHEMA a AUTHORIZATION app", "CREATE SCHEMA a AUTHORIZATION app"),
        ("ALTER DATABASE shop SET jit = off", "ALTER DATABASE scratch_1 SET jit = off"),
        ("DO $$ BEGIN CREATE ROLE app; END $$", "DO $$ BEGIN CREATE ROLE app; END $$"),
        (
            "DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET jit TO ''off''', "
            "current_database()); END$$",
            "ALTER DATABASE scratch_1 SET jit TO 'off'",
        ),
        ("ALTER DATABASE other SET jit = off", None),
        ("ALTER SYSTEM SET jit = off", None),
        ("ALTER ROLE app SET jit = off", None),
        ("DROP ROLE app", None),
        ("DO $$ BEGIN CREATE ROLE app; ALTER SYSTEM SET jit = off; END $$", None),
        ("DO $$ BEGIN DROP DATABASE shop2; END $$", None),
        ("SELECT pg_reload_conf()", None),
    ],
)
def test_what_runs(tmp_path, statement, runs):
    _migration, found = kept(tmp_path, f"BEGIN;\n{statement};\nCOMMIT;\n")
    texts = [each.text for each in found.migrations[0].up.statements]
    assert texts == ([runs] if runs else [])
    assert [each.what for each in found.left_out] == (
        [] if runs else [f"001_first.sql:2: {_verb(statement)}"]
    )


def _verb(statement):
    words = statement.split()
    return words[0] if words[0] in {"DO", "SELECT"} else " ".join(words[:2])


def test_a_role_is_created_unless_it_is_there(tmp_path):
    _migration, found = kept(tmp_path, "BEGIN;\nCREATE ROLE app;\nCOMMIT;\n")
    [statement] = found.migrations[0].up.statements
    assert "CREATE ROLE app;" in statement.text
    assert "duplicate_object" in statement.text
    assert (statement.line, found.left_out) == (2, ())


def test_a_file_that_stays_inside_is_the_same_object(tmp_path):
    migration, found = kept(tmp_path, "BEGIN;\nCREATE TABLE t ();\nCOMMIT;\n")
    assert found.migrations == (migration,)
    assert found.migrations[0] is migration
