"""A file of data takes little more memory than its text, however many statements it has."""

from __future__ import annotations

import tracemalloc

import pytest

from schema_tools.history.files import parse_migration

ROWS = 1000
TIMES = 6
ROW = "({0}, 'name of item {0}', 'and more text about it, as data has', {0}.25)"


def insert(rows: str) -> str:
    return f"INSERT INTO items (id, name, note, amount) VALUES {rows};\n"


@pytest.mark.parametrize(
    "text",
    [
        "".join(insert(ROW.format(number)) for number in range(ROWS)),
        insert(",\n".join(ROW.format(number) for number in range(ROWS))),
    ],
    ids=["many statements", "one statement"],
)
def test_a_file_of_data_takes_a_few_times_its_size(text):
    data = f"BEGIN;\n{text}COMMIT;\n".encode()
    parse_migration("000_x.sql", b"SELECT 1;", "m/000_x.sql")  # what it makes once
    tracemalloc.start()
    try:
        migration = parse_migration("001_data.sql", data, "m/001_data.sql")
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(migration.up.statements) == text.count("INSERT")
    assert peak < TIMES * len(data), f"{peak / len(data):.1f} times the file"


def test_what_an_insert_ends_with_belongs_to_it():
    text = insert(ROW.format(1) + " RETURNING id").strip()
    migration = parse_migration("001_data.sql", text.encode(), "m/001_data.sql")
    (statement,) = migration.up.statements
    assert statement.text == text.removesuffix(";")
