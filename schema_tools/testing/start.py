"""What there is to bring back in a test database: tables with what is theirs, sequences."""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import psycopg
from psycopg.rows import class_row

from schema_tools.postgres.trust import catalog_first

Connection = psycopg.Connection[Any]
Row = TypeVar("Row")

SCHEMA = "schema_tools_testing"

# What an extension has made is the extension's; what partitions hold, their table does.
_TABLES = """
SELECT c.oid::int8 AS oid, n.nspname::text AS schema, c.relname::text AS plain,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name,
       c.relkind = 'p' AS is_partitioned, c.relforcerowsecurity AS is_forced,
       ARRAY(SELECT pg_catalog.quote_ident(a.attname) FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                AND a.attgenerated = '' ORDER BY a.attnum) AS columns
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', %(own)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
 ORDER BY c.oid
"""
_TRIGGERS = """
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS table,
       coalesce(pg_catalog.pg_partition_root(c.oid), c.oid)::int8 AS root,
       pg_catalog.quote_ident(t.tgname) AS name, t.tgenabled::text AS state,
       (t.tgtype & 32) <> 0 AS on_truncate
  FROM pg_catalog.pg_trigger t
  JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid AND c.relkind IN ('r', 'p')
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled <> 'D'
 ORDER BY t.oid
"""
# Of a partition, none is in the way: the rows that come back are inserted into its table.
_RULES = """
SELECT r.ev_class::int8 AS table, pg_catalog.quote_ident(r.rulename) AS name,
       r.ev_enabled::text AS state
  FROM pg_catalog.pg_rewrite r WHERE r.ev_type = '3' AND r.ev_enabled <> 'D' ORDER BY r.oid
"""
_KEYS = """
SELECT c.conrelid::int8 AS source, c.confrelid::int8 AS target,
       pg_catalog.quote_ident(c.conname) AS name
  FROM pg_catalog.pg_constraint c
 WHERE c.contype = 'f' AND NOT c.condeferrable AND c.conparentid = 0 AND c.conrelid <> c.confrelid
 ORDER BY c.oid
"""
# What a table has from another goes and comes with that one's, unless it has it of its own, too:
# then it is last to go. Such as are not enforced are no matter; they have no NOT VALID.
_UNPROVEN = """
WITH RECURSIVE heirs AS (
    SELECT i.inhparent AS ancestor, i.inhrelid AS heir FROM pg_catalog.pg_inherits i
     UNION SELECT h.ancestor, i.inhrelid
      FROM heirs h JOIN pg_catalog.pg_inherits i ON i.inhparent = h.heir
)
SELECT c.conrelid::int8 AS source,
       coalesce(pg_catalog.pg_partition_root(c.conrelid), c.conrelid)::int8 AS root,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.relname) AS table,
       pg_catalog.quote_ident(c.conname) AS name,
       pg_catalog.pg_get_constraintdef(c.oid) AS definition,
       coalesce(pg_catalog.obj_description(c.oid, 'pg_constraint'), '') AS comment,
       ARRAY(SELECT pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(r.relname)
               FROM heirs h
               JOIN pg_catalog.pg_constraint k ON k.conrelid = h.heir AND k.conname = c.conname
               JOIN pg_catalog.pg_class r ON r.oid = k.conrelid
               JOIN pg_catalog.pg_namespace m ON m.oid = r.relnamespace
              WHERE h.ancestor = c.conrelid AND k.convalidated AND NOT k.conislocal
              ORDER BY r.oid) AS proven_in
  FROM pg_catalog.pg_constraint c
  JOIN pg_catalog.pg_class t ON t.oid = c.conrelid AND t.relkind IN ('r', 'p')
  JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
 WHERE NOT c.convalidated AND c.conislocal AND c.conparentid = 0
   AND pg_catalog.pg_get_constraintdef(c.oid) LIKE '%% NOT VALID'
 ORDER BY c.coninhcount > 0, c.oid
"""
_SEQUENCES = """
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name,
       coalesce((SELECT d.refobjid::int8 FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                    AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
                  LIMIT 1), 0) AS table
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'S' AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', %(own)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
 ORDER BY c.oid
"""
# One that is built upon another is younger.
_VIEWS = """
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name,
       c.relispopulated AS has_rows
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'm' ORDER BY c.oid
"""
_EVENT_TRIGGERS = """
SELECT '' AS table, 0::int8 AS root, pg_catalog.quote_ident(e.evtname) AS name,
       e.evtenabled::text AS state, false AS on_truncate
  FROM pg_catalog.pg_event_trigger e WHERE e.evtenabled <> 'D' ORDER BY e.oid
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that a flush empties; names are SQL. ``seed`` keeps its first rows, "" for none."""

    oid: int
    schema: str
    plain: str
    name: str
    is_partitioned: bool
    is_forced: bool
    columns: list[str]
    seed: str = ""

    @property
    def source(self) -> str:
        """Return what its own rows are read from: those of tables that inherit are theirs."""
        return self.name if self.is_partitioned else f"ONLY {self.name}"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger that fires: of a table, which may be a partition of ``root``, or of events."""

    table: str
    root: int
    name: str
    state: str
    on_truncate: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that makes something else of what is inserted."""

    table: int
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key that is checked at the end of each statement."""

    source: int
    target: int
    name: str


@dataclass(frozen=True, slots=True)
class Unproven:
    """A constraint that is NOT VALID, of ``source``, which may be a partition of ``root``.

    ``proven_in`` are the tables that have it from this one, and in which it is valid.
    """

    source: int
    root: int
    table: str
    name: str
    definition: str
    comment: str
    proven_in: list[str]


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence and where it stands at the start."""

    name: str
    value: int
    is_called: bool


@dataclass(frozen=True, slots=True)
class _Counter:
    """A sequence, and the table that it belongs to, 0 for none."""

    name: str
    table: int


@dataclass(frozen=True, slots=True)
class View:
    """A materialized view."""

    name: str
    has_rows: bool


@dataclass(frozen=True, slots=True)
class Start:
    """All that a flush leads back to."""

    tables: tuple[Table, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    rules: tuple[Rule, ...] = ()
    keys: tuple[ForeignKey, ...] = ()
    unproven: tuple[Unproven, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    views: tuple[View, ...] = ()
    event_triggers: tuple[Trigger, ...] = ()


def read_start(connection: Connection, histories: Set[tuple[str, str] | str]) -> Start:
    """Read what there is now; ``histories``, by schema and name or by name, are left alone."""
    every = _read(connection, _TABLES, Table)
    tables = [each for each in every if not {(each.schema, each.plain), each.plain} & histories]
    kept = {each.oid for each in every} - {each.oid for each in tables}
    return Start(
        tuple(tables),
        _read(connection, _TRIGGERS, Trigger),
        _read(connection, _RULES, Rule),
        _read(connection, _KEYS, ForeignKey),
        _read(connection, _UNPROVEN, Unproven),
        _sequences(connection, kept),
        _read(connection, _VIEWS, View),
        _read(connection, _EVENT_TRIGGERS, Trigger),
    )


def _read(connection: Connection, query: str, kind: type[Row]) -> tuple[Row, ...]:
    """Return the rows of a query on the catalog, whose columns are named as the fields."""
    with catalog_first(connection), connection.cursor(row_factory=class_row(kind)) as cursor:
        return tuple(cursor.execute(query.encode(), {"own": SCHEMA}))


def with_seeds(connection: Connection, start: Start) -> Start:
    """Return the same with a place for the rows of each table that has any."""
    numbered = enumerate(start.tables)
    return replace(start, tables=tuple(_with_seed(connection, *each) for each in numbered))


def _with_seed(connection: Connection, number: int, table: Table) -> Table:
    row = connection.execute(f"SELECT EXISTS (TABLE {table.source})".encode()).fetchone()
    return replace(table, seed=f"{SCHEMA}.seed_{number}") if row == (True,) else table


def _sequences(connection: Connection, kept: Collection[int]) -> tuple[Sequence, ...]:
    """Return the sequences but for those of tables that are left alone, with their values."""
    found = []
    for each in _read(connection, _SEQUENCES, _Counter):
        if each.table not in kept:
            query = f"SELECT s.last_value, s.is_called FROM {each.name} s"  # noqa: S608 - quoted
            found += [Sequence(each.name, *row) for row in connection.execute(query.encode())]
    return tuple(found)
