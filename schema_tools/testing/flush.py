"""The statements that bring a test database back to its start, in an order that works.

Triggers of the files would fire on rows that come back, or refuse to let a table be emptied, and
rules would make something else of those rows: they are switched off meanwhile, one by one, for
that takes no more than owning the table. Foreign keys are satisfied by the order, or at the end
where tables refer to each other in a circle. What no order satisfies, constraints that are NOT
VALID and that rows of the start violate, is dropped and added again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from schema_tools.testing.start import ForeignKey, Start, Table, Unproven

FLUSH, SEQUENCES = "flush", "sequences"
_EMPTY = """DO $schema_tools$ DECLARE names text; BEGIN
    SELECT pg_catalog.string_agg(t.name, ', ') INTO names FROM (
    {filled}
    ) AS t(name);
    IF names IS NOT NULL THEN EXECUTE 'TRUNCATE ' || names || ' CASCADE'; END IF;
END $schema_tools$"""
_ENABLE = {"R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}


def flush_statements(start: Start) -> Iterator[tuple[str, str]]:
    """Yield each statement with the part that it belongs to: what a flush does, or sequences."""
    if start.tables:
        yield from ((FLUSH, text) for text in _rows_back(start))
    if start.sequences:
        rows = ", ".join(
            f"({_literal(each.name)}, {each.value}::int8, {each.is_called})"
            for each in start.sequences
        )
        setval = "pg_catalog.setval(s.name::pg_catalog.regclass, s.value, s.called)"
        values = f"(VALUES {rows}) AS s(name, value, called)"
        yield SEQUENCES, f"SELECT {setval} FROM {values}"  # noqa: S608 - names are quoted


def _rows_back(start: Start) -> Iterator[str]:
    ordered, circular = in_order(start)
    names = {table.oid: table.name for table in start.tables}
    quiet = list(_in_the_way(start, names))
    yield from (f"ALTER EVENT TRIGGER {each.name} DISABLE" for each in start.event_triggers)
    yield from (f"ALTER TABLE {table} DISABLE {what}" for table, what, _ in quiet)
    forced = [table.name for table in start.tables if table.is_forced]
    yield from (f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY" for name in forced)
    yield _emptied(start.tables)
    if ordered:
        yield from map(without, start.unproven)
        yield from (_alter(each, names, "DEFERRABLE INITIALLY DEFERRED") for each in circular)
        yield "SET CONSTRAINTS ALL DEFERRED"
        yield from map(_insert, ordered)
        # Here, for no table can be altered that waits to be checked.
        yield "SET CONSTRAINTS ALL IMMEDIATE"
        yield from (_alter(each, names, "NOT DEFERRABLE") for each in circular)
        yield from added_again(start.unproven)
    yield from (f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY" for name in forced)
    yield from (
        f"REFRESH MATERIALIZED VIEW {each.name}" + ("" if each.has_rows else " WITH NO DATA")
        for each in start.views
    )
    yield from (f"ALTER TABLE {table} {_enable(state)} {what}" for table, what, state in quiet)
    yield from (
        f"ALTER EVENT TRIGGER {each.name} {_enable(each.state)}" for each in start.event_triggers
    )


def in_order(start: Start) -> tuple[tuple[Table, ...], tuple[ForeignKey, ...]]:
    """Return the tables that get rows, each after those it refers to, and the keys of circles."""
    seeded = {table.oid: table for table in start.tables if table.seed}
    gone = {(each.source, each.name) for each in start.unproven}
    keys = [
        each
        for each in start.keys
        if {each.source, each.target} <= seeded.keys() and (each.source, each.name) not in gone
    ]
    circular: list[ForeignKey] = []
    while True:
        graph: dict[int, set[int]] = {oid: set() for oid in seeded}
        for each in keys:
            graph[each.source].add(each.target)
        try:
            order = tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            members = frozenset(error.args[1])
            circular += [each for each in keys if {each.source, each.target} <= members]
            keys = [each for each in keys if each not in circular]
        else:
            return tuple(seeded[oid] for oid in order), tuple(circular)


def without(constraint: Unproven) -> str:
    """Return what drops a constraint."""
    return f"ALTER TABLE {constraint.table} DROP CONSTRAINT {constraint.name}"


def added_again(constraints: Sequence[Unproven]) -> Iterator[str]:
    """Yield what adds constraints that were dropped in this order."""
    for each in reversed(constraints):
        yield f"ALTER TABLE {each.table} ADD CONSTRAINT {each.name} {each.definition}"
        if each.comment:
            on = f"{each.name} ON {each.table}"
            yield f"COMMENT ON CONSTRAINT {on} IS {_literal(each.comment)}"
        yield from (
            f"ALTER TABLE {heir} VALIDATE CONSTRAINT {each.name}" for heir in each.proven_in
        )


def _in_the_way(start: Start, names: dict[int, str]) -> Iterator[tuple[str, str, str]]:
    """Yield table, name and state of what acts on rows that come back, or on emptying a table."""
    seeded = {table.oid for table in start.tables if table.seed}
    for trigger in start.triggers:
        if trigger.root in seeded or (trigger.on_truncate and trigger.root in names):
            yield trigger.table, f"TRIGGER {trigger.name}", trigger.state
    for rule in start.rules:
        if rule.table in seeded:
            yield names[rule.table], f"RULE {rule.name}", rule.state


def _emptied(tables: Iterable[Table]) -> str:
    """Return what empties the tables that have rows, with those that refer to them.

    To empty a table takes the server longer than to see that it is empty.
    """
    filled = "\n    UNION ALL ".join(
        f"SELECT {_literal(table.name)} WHERE EXISTS (TABLE {table.name})" for table in tables
    )
    return _EMPTY.format(filled=filled)


def _insert(table: Table) -> str:
    columns = ", ".join(table.columns)
    into = f"{table.name} ({columns}) OVERRIDING SYSTEM VALUE"
    return f"INSERT INTO {into} SELECT {columns} FROM {table.seed}"  # noqa: S608 - quoted


def _alter(key: ForeignKey, names: dict[int, str], how: str) -> str:
    return f"ALTER TABLE {names[key.source]} ALTER CONSTRAINT {key.name} {how}"


def _enable(state: str) -> str:
    return _ENABLE.get(state, "ENABLE")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def one_script(statements: Iterable[str]) -> str:
    """Return statements as one text."""
    return ";\n".join(statements)
