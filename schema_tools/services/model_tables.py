"""The tables of models, made in a scratch database that holds what else they need."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

import psycopg
from django.db.models import Model
from psycopg import sql

from schema_tools.django_models.collect import (
    ModelSql,
    alias_at,
    collect_sql,
    collect_unconnected,
)
from schema_tools.errors import Unavailable
from schema_tools.findings import NotChecked
from schema_tools.keys import Key
from schema_tools.postgres.replay_failure import SCRATCH_WITH_EXTENSION, lacks_extension, said
from schema_tools.postgres.scratch import Scratch, ScratchDatabase
from schema_tools.schema.drafting.script import script
from schema_tools.schema.objects import Change, Schema
from schema_tools.services.built import models_key, packed, unpacked
from schema_tools.services.cache import Cache

Connection = psycopg.Connection[Any]
_Thing = TypeVar("_Thing")

_AT_ONCE = 200
_EXTENSION = re.compile(r"CREATE EXTENSION IF NOT EXISTS (\S+)")

# Left behind by a replay in which models must not find a table of their own name.
_RELATIONS = """
SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                      WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,
       n.nspname, c.relname
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Unmade:
    """The models whose tables could not be made, each label with the reason.

    ``extensions`` are those of what models need that could not be made there, with the reason.
    """

    models: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, str] = field(default_factory=dict)

    def notes(self, where: str) -> tuple[NotChecked, ...]:
        """Return what is to be said of them; ``where`` is the server for people."""
        return (
            *(
                NotChecked(
                    f"what models need of extension {name}",
                    f"it cannot be made on {where}: {reason}. {SCRATCH_WITH_EXTENSION}",
                )
                for name, reason in self.extensions.items()
            ),
            *(
                NotChecked(f"model {label}", f"its table could not be made: {reason}")
                for label, reason in self.models.items()
            ),
        )


@dataclass(frozen=True, slots=True)
class ModelTables:
    """What it takes to make the tables of models.

    ``beside`` returns the SQL of what the SQL files make besides tables, ``template`` the database
    in which they were run, or None; ``collected`` is the models' SQL, None where only the scratch
    database can be asked for it; ``needed`` is what to run first.
    """

    alias: str
    scratch: Scratch
    search_path: str
    read: Callable[[Connection], Schema]
    beside: Callable[[], tuple[str, ...]]
    template: Callable[[], ScratchDatabase | None]
    collected: tuple[ModelSql, ...] | None
    needed: tuple[str, ...] = ()

    def key(self, models: Sequence[type[Model]], wanted: Sequence[object], *, base: str) -> str:
        """Return what stands for all that decides, "" where that is not known.

        ``base`` is the key of the files.
        """
        collected = self.collected
        if collected is None:
            version = self.scratch.major * 10000
            collected = tuple(collect_unconnected(self.alias, models, server_version=version))
        if refused(collected):
            return ""
        return models_key(self.scratch, wanted, base=[base, *self.needed], collected=collected)

    def from_cache(self, cache: Cache, key: str) -> tuple[Schema, Unmade] | None:
        """Return what was made under that key."""
        data = cache.get(key) if key else None
        kept = unpacked(data) if data is not None else None
        if kept is None or kept[0][0] is None:
            return None
        return kept[0][0], Unmade()

    def make(self, models: Sequence[type[Model]], cache: Cache, key: str) -> tuple[Schema, Unmade]:
        """Make the tables, and return the schema with the models that have none.

        First beside what files make besides tables, drafted: that is there in no time. Only where
        a model lacks something so, in a copy of the database in which the files were run.
        """
        found, unmade = self._made(models, self.scratch.create(), self.beside())
        if unmade.models and (template := self.template()) is not None:
            found, unmade = self._made(models, self.scratch.create(template=template), ())
        if not unmade.models:  # else the server's reason may be gone next time
            remember_tables(cache, key, found)
        return found, unmade

    def _made(
        self, models: Sequence[type[Model]], database: ScratchDatabase, first: Iterable[str]
    ) -> tuple[Schema, Unmade]:
        with closing(database.connect(search_path=self.search_path)) as connection:
            drop_relations(connection)
            extensions = make_prerequisites(connection, (*self.needed, *first))
            unmade = _make(connection, self._collected(models, database))
            return self.read(connection), Unmade(unmade, extensions if unmade else {})

    def _collected(
        self, models: Sequence[type[Model]], database: ScratchDatabase
    ) -> tuple[ModelSql, ...]:
        """Return the models' SQL.

        What the alias's own server refuses the scratch database may be able to say: an extension
        that a pending file makes is there already.
        """
        known = self.collected
        if known is not None and not refused(known):
            return known
        try:
            with alias_at(self.alias, database.params) as wrapper:
                return tuple(collect_sql(wrapper, models))
        except Unavailable:
            if known is None:
                raise
            return known


def remember_tables(cache: Cache, key: str, found: Schema) -> None:
    """Keep what models make under the key of ``ModelTables``, unless that is ""."""
    if key:
        cache.put(key, packed((found,), {}))


def drop_relations(connection: Connection) -> None:
    """Drop all tables and views; types, functions and extensions stay."""
    connection.execute("SET client_min_messages = warning")
    there = connection.execute(_RELATIONS.encode()).fetchall()
    for kind, group in groupby(there, key=itemgetter(0)):
        for some in _by(_AT_ONCE, [sql.Identifier(schema, name) for _, schema, name in group]):
            names = sql.SQL(", ").join(some)
            # What another one took along is gone by now.
            drop = sql.SQL("DROP {} IF EXISTS {} CASCADE").format(sql.SQL(kind), names)
            connection.execute(drop)


def _by(number: int, things: Sequence[_Thing]) -> Iterator[Sequence[_Thing]]:
    for start in range(0, len(things), number):
        yield things[start : start + number]


# Types that columns can have, what those need, and sequences for their defaults.
_TYPES = frozenset(
    {"schema", "extension", "collation", "enum", "composite", "range", "domain", "sequence"}
)
BESIDE_TABLES = _TYPES | {
    "aggregate",
    "cast",
    "function",
    "operator",
    "operator_class",
    "operator_family",
    "text_search_configuration",
    "text_search_dictionary",
    "text_search_parser",
    "text_search_template",
}
"""The kinds of types, and of what else expressions of models can name."""


def prerequisites(live: Schema) -> tuple[str, ...]:
    """Return the SQL of what models need and no files make, as the live database has it."""
    return drafted(live, standing_alone(live, _TYPES))


def beside_tables(files: Schema) -> tuple[str, ...]:
    """Return the SQL of what SQL files make that is no table, nor belongs to one."""
    return drafted(files, standing_alone(files))


def standing_alone(schema: Schema, kinds: frozenset[str] = BESIDE_TABLES) -> tuple[Key, ...]:
    """Return the keys of what is no table, nor belongs to one."""
    return tuple(
        key
        for key, found in schema.objects.items()
        if key.kind in kinds and not getattr(found, "owned_by", None)
    )


def drafted(schema: Schema, keys: Iterable[Key]) -> tuple[str, ...]:
    """Return the SQL that makes objects of a schema where there is nothing."""
    wanted = [Change(key, None, schema.objects[key]) for key in keys]
    return tuple(script(wanted, Schema(), schema).statements)


def make_prerequisites(connection: Connection, statements: Iterable[str]) -> dict[str, str]:
    """Run these, and return the extensions that cannot be made; the server says why.

    What else cannot be made is missed, and named, by the model that needs it.
    """
    connection.execute("SET check_function_bodies = off")  # their tables are not there
    refused = {}
    for statement in statements:
        try:
            connection.execute(statement.encode())
        except psycopg.Error as error:
            found = _EXTENSION.match(statement)
            if found and lacks_extension(error):
                refused[found[1].strip('"')] = said(error)
    return refused


def batches(collected: Iterable[ModelSql]) -> Iterator[Sequence[tuple[str, str]]]:
    """Yield the models' statements in parts, each statement with the label of its model.

    Not all at once, for a transaction holds a lock for each table, and a server has room for some
    thousands.
    """
    statements = [(each.label, text) for each in collected for text in each.statements]
    yield from _by(_AT_ONCE, statements)


def run_together(connection: Connection, some: Iterable[tuple[str, str]]) -> None:
    """Run the statements of a part in one transaction."""
    with connection.transaction():
        connection.execute("\n".join(text for _label, text in some).encode())


def _make(connection: Connection, collected: Sequence[ModelSql]) -> dict[str, str]:
    """Run the SQL of all models; return those that cannot be made, each with the reason.

    Statements go together, each in its turn only where one of them fails.
    """
    failed = refused(collected)
    for some in batches(collected):
        try:
            run_together(connection, some)
        except psycopg.Error:
            for label, text in some:
                try:
                    connection.execute(text.encode())
                except psycopg.Error as error:
                    failed.setdefault(label, str(error.diag.message_primary or error))
    return failed


def refused(collected: Iterable[ModelSql]) -> dict[str, str]:
    """Return the models of which Django writes no SQL, each with the reason."""
    return {model.label: model.refused for model in collected if model.refused}
