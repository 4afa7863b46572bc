"""Follow the UP parts of migrations through to what they leave behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from schema_tools.history.migration import Migration
from schema_tools.history.verbs import has, outline
from schema_tools.linter.catalog import Catalog, Index, Part
from schema_tools.linter.ddl import (
    Action,
    Name,
    Reader,
    actions,
    adds_column,
    is_table_constraint,
    key,
    separated,
)
from schema_tools.linter.definitions import (
    StatementReader,
    column_parts,
    constraint_parts,
    index_parts,
)


def catalog_of(migrations: Iterable[Migration]) -> Catalog:
    """Return what is there after all of the files, in their order."""
    catalog = Catalog()
    for migration in migrations:
        for statement in migration.up.statements:
            follow = _FOLLOW.get(statement.verb)
            if follow:
                catalog = follow(catalog, StatementReader(statement, migration.path))
    return catalog


def _create_table(catalog: Catalog, text: StatementReader) -> Catalog:
    text.skip_to("TABLE")
    unless_there = text.skip("IF", "NOT", "EXISTS")
    table = text.name()
    if unless_there and catalog.has_table(table):
        return catalog
    catalog = replace(catalog, tables=(*catalog.tables, table))
    if text.skip("PARTITION", "OF"):
        catalog = catalog.lending(table, text.name())
    elif text.skip("OF"):
        text.name()
    elements = text.parentheses() if text.starts("(") else ()
    for element in separated(elements):
        if key(element[0]) == "LIKE":
            words = outline(element)
            if _copies_indexes(words):
                catalog = catalog.lending(table, Reader(element[1:]).name())
        elif is_table_constraint(element):
            catalog = catalog.adding(*constraint_parts(table, element, text))
        else:
            catalog = catalog.adding(*column_parts(table, element, text))
    return catalog


def _copies_indexes(words: tuple[str, ...]) -> bool:
    copied = has(words, "INCLUDING", "ALL") or has(words, "INCLUDING", "INDEXES")
    return copied and not has(words, "EXCLUDING", "INDEXES")


def _create_index(catalog: Catalog, text: StatementReader) -> Catalog:
    text.skip_to("INDEX")
    text.skip("CONCURRENTLY")
    text.skip("IF", "NOT", "EXISTS")
    name = "" if text.starts("ON") else text.word()
    text.skip("ON")
    text.skip("ONLY")
    return catalog.adding(*index_parts(text.name(), name, "idx", text))


def _alter_table(catalog: Catalog, text: StatementReader) -> Catalog:
    for action in actions(text.statement):
        catalog = _acted(catalog, action, text)
    return catalog


def _acted(catalog: Catalog, action: Action, text: StatementReader) -> Catalog:
    table = action.table
    column = adds_column(action)
    if column is not None:
        reader = Reader(column)
        reader.skip("IF", "NOT", "EXISTS")
        return catalog.adding(*column_parts(table, reader.rest, text))
    reader = Reader(action.tokens)
    if reader.skip("ADD"):
        return catalog.adding(*constraint_parts(table, reader.rest, text))
    if reader.skip("DROP"):
        return catalog.changing(_without(table, reader))
    if reader.skip("RENAME", "TO"):
        return catalog.renaming_table(table, Name(table.schema, reader.word()))
    if reader.skip("RENAME"):
        return catalog.changing(_renamed(table, reader))
    if reader.skip("SET", "SCHEMA"):
        return catalog.renaming_table(table, Name(reader.word(), table.name))
    if reader.skip("ATTACH", "PARTITION"):
        return catalog.lending(reader.name(), table)
    return catalog


def _without(table: Name, reader: Reader) -> Callable[[Part], Part | None]:
    """Return what DROP CONSTRAINT or DROP COLUMN leaves of a part."""
    constraint = reader.skip("CONSTRAINT")
    reader.skip("COLUMN")
    reader.skip("IF", "EXISTS")
    name = reader.word()

    def change(part: Part) -> Part | None:
        names = (part.name,) if constraint else part.columns
        return None if part.table.matches(table) and name in names else part

    return change


def _renamed(table: Name, reader: Reader) -> Callable[[Part], Part]:
    """Return what RENAME CONSTRAINT or RENAME COLUMN makes of a part."""
    constraint = reader.skip("CONSTRAINT")
    reader.skip("COLUMN")
    before = reader.word()
    reader.skip("TO")
    after = reader.word()

    def change(part: Part) -> Part:
        if not part.table.matches(table):
            return part
        if constraint:
            return replace(part, name=after) if part.name == before else part
        return part.renaming_column(before, after)

    return change


def _drop_table(catalog: Catalog, text: StatementReader) -> Catalog:
    text.skip_to("TABLE")
    text.skip("IF", "EXISTS")
    names = tuple(text.names())
    return catalog.without_table(lambda table: any(table.matches(name) for name in names))


def _drop_schema(catalog: Catalog, text: StatementReader) -> Catalog:
    text.skip_to("SCHEMA")
    text.skip("IF", "EXISTS")
    schemas = {name.name for name in text.names()}
    return catalog.without_table(lambda table: table.schema in schemas)


def _drop_index(catalog: Catalog, text: StatementReader) -> Catalog:
    text.skip_to("INDEX")
    text.skip("CONCURRENTLY")
    text.skip("IF", "EXISTS")
    names = tuple(text.names())

    def change(part: Part) -> Part | None:
        return None if any(_is_index(part, name) for name in names) else part

    return catalog.changing(change)


def _alter_index(catalog: Catalog, text: StatementReader) -> Catalog:
    text.skip_to("INDEX")
    text.skip("IF", "EXISTS")
    before = text.name()
    if not text.skip("RENAME", "TO"):
        return catalog
    after = text.word()
    return catalog.changing(
        lambda part: replace(part, name=after) if _is_index(part, before) else part
    )


def _is_index(part: Part, name: Name) -> bool:
    own = Name(part.table.schema, part.name)
    return isinstance(part, Index) and own.matches(name)


_FOLLOW: dict[str, Callable[[Catalog, StatementReader], Catalog]] = {
    "ALTER INDEX": _alter_index,
    "ALTER TABLE": _alter_table,
    "CREATE INDEX": _create_index,
    "CREATE INDEX CONCURRENTLY": _create_index,
    "CREATE TABLE": _create_table,
    "DROP INDEX": _drop_index,
    "DROP INDEX CONCURRENTLY": _drop_index,
    "DROP SCHEMA": _drop_schema,
    "DROP TABLE": _drop_table,
}
