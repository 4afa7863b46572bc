"""The SQL that the operations of Django's migrations run, by whatever way they come to it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.postgres.operations import CreateCollation, TrigramExtension
from django.db import migrations
from django.utils.functional import SimpleLazyObject

from schema_tools.django_models.migration_sql import sql_of


def by_sql(_apps, schema_editor) -> None:
    """Alter a table."""
    schema_editor.execute("ALTER TABLE shop ADD COLUMN size int")


def made_at_run_time() -> Any:
    """Return a function whose source nobody has."""
    space: dict[str, Any] = {}
    exec("def made(apps, editor): editor.execute('')", space)
    return space["made"]


def by_models(apps, _schema_editor) -> None:
    """Alter rows of the shop."""
    apps.get_model("shop", "Shop").objects.update(size=1)


@pytest.mark.parametrize(
    ("operation", "texts"),
    [
        (migrations.RunSQL("SELECT 1", "SELECT 2"), ["SELECT 1"]),
        (migrations.RunSQL(["SELECT 1", ("SELECT %s", [2])]), ["SELECT 1;\nSELECT %s"]),
        (
            migrations.SeparateDatabaseAndState(
                [migrations.RunSQL("SELECT 1")], [migrations.RunSQL("SELECT 2")]
            ),
            ["SELECT 1"],
        ),
        (migrations.RunPython(by_models), []),
        (migrations.RunPython(made_at_run_time()), []),
        (migrations.DeleteModel("Shop"), []),
    ],
)
def test_the_sql_that_operations_run(operation, texts) -> None:
    assert list(sql_of([operation])) == texts


def test_python_that_runs_sql_is_read() -> None:
    [text] = sql_of([migrations.RunPython(by_sql)])
    assert "ALTER TABLE shop ADD COLUMN size int" in text


INDEX = "CREATE INDEX sizes ON shop (size)"
TABLES = [{"table": "shop", "columns": ("colour", "depth")}]


def start_job(job: Callable[..., None], *arguments: object) -> None:
    """Run something, now or by a worker."""
    job(*arguments)


def _make_index(schema_editor: Any) -> None:
    """Execute SQL that stands elsewhere."""
    schema_editor.execute(INDEX)


def by_a_job(_apps, schema_editor) -> None:
    """Leave the work to another function."""
    start_job(_make_index, schema_editor)


def by_list(_apps, schema_editor) -> None:
    """Say the same of many tables."""

    def each(table: str, column: str) -> str:
        return f"ALTER TABLE {table} ADD COLUMN {column} int"

    for entry in TABLES:
        for column in entry["columns"]:
            schema_editor.execute(each(str(entry["table"]), column))


def made(text: str) -> Callable[..., None]:
    """Return what runs a text."""

    def forwards(_apps, schema_editor) -> None:
        schema_editor.execute(text)

    return forwards


class Steps:
    """Steps of a migration, as methods."""

    def run(self, _apps, schema_editor) -> None:
        """Execute SQL that stands elsewhere."""
        schema_editor.execute(INDEX)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (by_a_job, [INDEX]),
        (by_list, ["shop", "colour", "depth"]),
        (made(INDEX), [INDEX]),
        (functools.partial(made("SELECT 1"), INDEX), [INDEX]),
        (Steps().run, [INDEX]),
    ],
)
def test_sql_that_stands_beside_what_runs_it_is_found(code, words: list[str]) -> None:
    [text] = sql_of([migrations.RunPython(code)])
    assert {line for line in text.splitlines() if line in words} == set(words)


def test_a_value_that_is_lazy_is_not_asked_for() -> None:
    lazy = SimpleLazyObject(lambda: pytest.fail("nobody is to ask what this is"))
    [text] = sql_of([migrations.RunPython(functools.partial(by_sql, lazy))])
    assert "ALTER TABLE" in text


def test_what_is_said_of_rows_alone_is_no_sql() -> None:
    assert list(sql_of([migrations.RunPython(functools.partial(start_job, by_models))])) == []


def test_operations_that_create_by_themselves_count_as_sql() -> None:
    operations = [TrigramExtension(), CreateCollation("german", provider="icu", locale="de")]
    assert list(sql_of(operations)) == [
        'CREATE EXTENSION "pg_trgm"',
        'CREATE COLLATION "german"',
    ]
