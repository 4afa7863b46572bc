"""The tables of models, made in a scratch database that holds what else they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db.models import Model
from psycopg import sql

from schema_tools.django_models.collect import (
    ModelSql,
    alias_at,
    collect_sql,
    collect_unconnected,
)
from schema_tools.postgres.scratch import Scratch, ScratchDatabase
from schema_tools.schema.drafting.script import script
from schema_tools.schema.objects import Change, Schema
from schema_tools.services.built import models_key, packed, unpacked
from schema_tools.services.cache import Cache

Connection = psycopg.Connection[Any]

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
"""


# Labels of models whose tables could not be made, with the reason.
Unmade = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ModelTables:
    """What it takes to make the tables of models.

    ``template`` returns the database of the SQL files, or None; ``collected`` is the models' SQL,
    None where only the scratch database can be asked for it; ``needed`` is what to run first.
    """

    alias: str
    scratch: Scratch
    search_path: str
    read: Callable[[Connection], Schema]
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
            if any(model.refused for model in collected):
                return ""
        return models_key(self.scratch, wanted, base=[base, *self.needed], collected=collected)

    def from_cache(self, cache: Cache, key: str) -> tuple[Schema, Unmade] | None:
        """Return what was made under that key."""
        data = cache.get(key) if key else None
        kept = unpacked(data) if data is not None else None
        if kept is None or kept[0][0] is None:
            return None
        return kept[0][0], _refused(self.collected or ())

    def make(self, models: Sequence[type[Model]], cache: Cache, key: str) -> tuple[Schema, Unmade]:
        """Make the tables, and return the schema with the models that have none."""
        database = self.scratch.create(template=self.template())
        with closing(database.connect(search_path=self.search_path)) as connection:
            _drop_relations(connection)
            _make_prerequisites(connection, self.needed)
            collected = self.collected
            if collected is None:
                with alias_at(self.alias, database.params) as wrapper:
                    collected = tuple(collect_sql(wrapper, models))
            unmade = _make(connection, collected)
            found = self.read(connection)
        # A reason of the server's may be gone next time.
        if key and unmade == _refused(collected):
            cache.put(key, packed((found,), {}))
        return found, unmade


def _drop_relations(connection: Connection) -> None:
    """Drop all tables and views; types, functions and extensions stay."""
    connection.execute("SET client_min_messages = warning")
    for kind, schema, name in connection.execute(_RELATIONS.encode()).fetchall():
        drop = sql.SQL("DROP {} IF EXISTS {} CASCADE")
        connection.execute(drop.format(sql.SQL(kind), sql.Identifier(schema, name)))


# Types that columns can have, and what those need.
_TYPES = frozenset({"schema", "extension", "collation", "enum", "composite", "range", "domain"})


def prerequisites(live: Schema) -> tuple[str, ...]:
    """Return the SQL of what models need and no files make, as the live database has it."""
    wanted = [
        Change(key, None, found) for key, found in live.objects.items() if key.kind in _TYPES
    ]
    return tuple(script(wanted, Schema(), live).statements)


def _make_prerequisites(connection: Connection, statements: tuple[str, ...]) -> None:
    """Run these; one that cannot be made is missed, and named, by the model that needs it."""
    for statement in statements:
        with suppress(psycopg.Error):
            connection.execute(statement.encode())


def _make(connection: Connection, collected: Sequence[ModelSql]) -> Unmade:
    """Run the SQL of all models at once; where that fails, return the models that cannot be made.

    Each with the server's reason.
    """
    everything = "\n".join(text for model in collected for text in model.statements)
    refused = _refused(collected)
    if not everything:
        return refused
    try:
        with connection.transaction():
            connection.execute(everything.encode())
    except psycopg.Error:
        return refused + _make_singly(connection, collected)
    return refused


def _make_singly(connection: Connection, collected: Sequence[ModelSql]) -> Unmade:
    failed: dict[str, str] = {}
    for model in collected:
        for text in model.statements:
            try:
                connection.execute(text.encode())
            except psycopg.Error as error:
                failed.setdefault(model.label, str(error.diag.message_primary or error))
    # What is deferred (label "") fails only where a model did.
    failed.pop("", None) if len(failed) > 1 else None
    return list(failed.items())


def _refused(collected: Sequence[ModelSql]) -> Unmade:
    return [(model.label, model.refused) for model in collected if model.refused]
