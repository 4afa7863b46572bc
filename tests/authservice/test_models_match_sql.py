"""The models describe what the SQL files create, but for what Django names or cannot state."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections

from authservice.models import UserRole

pytestmark = pytest.mark.db

SQL_FILES = sorted((Path(settings.BASE_DIR) / "migrations_sql").glob("*.sql"))

COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       coalesce(pg_get_expr(d.adbin, d.adrelid), ''),
       coalesce(col_description(c.oid, a.attnum), '')
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relnamespace = 'public'::regnamespace
"""
TABLES = """
SELECT relname, coalesce(obj_description(oid, 'pg_class'), '')
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'c')
"""
FOREIGN_KEYS = """
SELECT conrelid::regclass::text, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype = 'f'
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
ENUM = (
    "SELECT enumlabel FROM pg_enum WHERE enumtypid = 'user_role'::regtype ORDER BY enumsortorder"
)

DERIVED_NAME = re.compile(r"_[0-9a-f]{6}_idx$|_[0-9a-f]{8}$")
PATTERN_INDEX = re.compile(r"_[0-9a-f]{8}_like ON .* varchar_pattern_ops\)$")


@pytest.fixture
def from_sql(database):
    """A database that the SQL files made."""
    for file in SQL_FILES:
        database.execute(file.read_text(encoding="utf-8"))
    return database


@pytest.fixture
def from_models(server, alias, from_sql):
    """A database that the models made, but for the enum type; gives what runs queries there."""
    name = f"{from_sql.name}_models"
    server.execute(f"CREATE DATABASE {name}")
    connection = connections[alias].copy()
    connection.settings_dict["NAME"] = name
    with connection.cursor() as cursor:
        labels = ", ".join(f"'{label}'" for label in UserRole.values)
        cursor.execute(f"CREATE TYPE user_role AS ENUM ({labels})")
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("authservice").get_models():
            editor.create_model(model)

    def execute(query):
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    yield execute
    connection.close()
    server.execute(f"DROP DATABASE {name}")


def one_now(default):
    return re.sub(r"statement_timestamp\(\)|CURRENT_TIMESTAMP", "now()", default)


def columns(rows):
    return sorted((*row[:4], one_now(row[4]), row[5]) for row in rows)


def what_models_can_state(foreign_key):
    return re.sub(r" (ON DELETE CASCADE|DEFERRABLE INITIALLY DEFERRED)$", "", foreign_key)


def without_name(definition):
    return re.sub(r"INDEX \S+ ON", "INDEX ON", definition)


def test_columns_types_nullability_defaults_and_comments(from_sql, from_models):
    assert columns(from_models(COLUMNS)) == columns(from_sql.execute(COLUMNS))


def test_tables_and_their_comments(from_sql, from_models):
    assert sorted(from_models(TABLES)) == sorted(from_sql.execute(TABLES))


def test_keys_unique_and_check_constraints_with_their_names(from_sql, from_models):
    assert sorted(from_models(CONSTRAINTS)) == sorted(from_sql.execute(CONSTRAINTS))


def test_foreign_keys_but_for_what_django_cannot_state(from_sql, from_models):
    def stated(rows):
        return sorted((table, what_models_can_state(definition)) for table, definition in rows)

    assert stated(from_models(FOREIGN_KEYS)) == stated(from_sql.execute(FOREIGN_KEYS))


def test_indexes_but_for_those_that_django_adds_for_like(from_sql, from_models):
    ours = [row for row in from_models(INDEXES) if not PATTERN_INDEX.search(row[1])]
    theirs = from_sql.execute(INDEXES)
    assert sorted(without_name(row[1]) for row in ours) == sorted(
        without_name(row[1]) for row in theirs
    )
    strangers = {row[0] for row in ours} - {row[0] for row in theirs}
    assert [name for name in strangers if not DERIVED_NAME.search(name)] == []


def test_the_values_of_the_enum_in_their_order(from_sql):
    assert [label for (label,) in from_sql.execute(ENUM)] == UserRole.values
