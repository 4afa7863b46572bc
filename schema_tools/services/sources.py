"""Models, SQL files and the live database, each turned into a Schema."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import sql

from schema_tools.django_models.collect import ModelSql, alias_at, collect_sql, models_for
from schema_tools.django_models.facts import model_facts, table_of, with_automatic
from schema_tools.django_models.origins import Origins
from schema_tools.findings import Finding, NotChecked
from schema_tools.history.migration import Migration
from schema_tools.keys import Key
from schema_tools.postgres.introspect import made_schemas, read_schema, read_views
from schema_tools.postgres.replay import Outcome, Replayer
from schema_tools.postgres.scratch import Scratch, ScratchDatabase
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Change, Schema, table_key
from schema_tools.schema.script import script
from schema_tools.schema.sides import home_of
from schema_tools.services.requirements import Requirements

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


@dataclass(frozen=True, slots=True)
class FromFiles:
    """What the SQL files make: those that are applied, and all of them."""

    applied: Schema | None = None
    files: Schema | None = None
    views: frozenset[tuple[str, str]] = frozenset()
    database: ScratchDatabase | None = None
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    is_partial: bool = False
    """Whether the replay left statements out, which may have made what the database has."""
    schemas: tuple[str, ...] = ()
    """The schemas that are there after the replay."""


@dataclass(frozen=True, slots=True)
class FromModels:
    """What the models make, and what else they say."""

    schema: Schema
    facts: ModelFacts
    origins: Origins
    not_checked: tuple[NotChecked, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read: the schemas, the search path that the files run under, tables to pass over."""

    schemas: tuple[str, ...]
    search_path: str = ""
    passed_over: frozenset[Key] = field(default_factory=frozenset)

    def read(self, connection: Connection) -> Schema:
        """Return what a database has of it."""
        return without(read_schema(connection, self.schemas), self.passed_over)

    def including(self, schemas: Iterable[str]) -> Wanted:
        """Return the same with these schemas, too."""
        return replace(self, schemas=tuple(dict.fromkeys((*self.schemas, *schemas))))


def without(schema: Schema, tables: Iterable[Key]) -> Schema:
    """Return the schema without these tables and what belongs to them."""
    gone = frozenset(tables)
    if not gone:
        return schema
    kept = {key: found for key, found in schema.objects.items() if home_of(key, found) not in gone}
    return replace(schema, objects=kept)


def from_files(
    alias: str,
    scratch: Scratch,
    wanted: Wanted,
    *,
    applied: tuple[Migration, ...] | None,
    pending: tuple[Migration, ...],
) -> FromFiles:
    """Replay the applied files and then the pending ones, reading the schema after each group.

    ``applied`` is None where their text is not known: then ``pending`` are all the files.
    """
    database = scratch.create()
    with closing(database.connect(search_path=wanted.search_path)) as connection:
        required = Requirements(alias, database, connection, wanted.schemas)
        replayer = Replayer(connection, database.owner, database.private)
        first = replayer.run(applied or (), prepare=required.meet)
        if first.failure is not None:
            return _failed(first)
        wanted = wanted.including(made_schemas(connection))
        before = required.files_only(wanted.read(connection))
        second = replayer.run(pending, prepare=required.meet)
        left_out = second.left_out
        wanted = wanted.including(made_schemas(connection))
        known = None if applied is None else before
        if second.failure is not None:
            return FromFiles(
                applied=known,
                findings=(second.failure,),
                not_checked=(*left_out, _NO_FILES),
                schemas=wanted.schemas,
            )
        return FromFiles(
            applied=known,
            files=required.files_only(wanted.read(connection)) if pending else before,
            views=read_views(connection, wanted.schemas),
            database=database,
            not_checked=left_out,
            is_partial=bool(left_out),
            schemas=wanted.schemas,
        )


_NO_FILES = NotChecked(
    "the SQL files against models and database", "a file fails when all are run from empty"
)


def _failed(outcome: Outcome) -> FromFiles:
    findings = (outcome.failure,) if outcome.failure else ()
    return FromFiles(findings=findings, not_checked=(*outcome.left_out, _NO_FILES))


def from_models(
    alias: str,
    scratch: Scratch,
    wanted: Wanted,
    *,
    own_apps: tuple[str, ...],
    template: ScratchDatabase | None,
    live: Schema | None,
) -> FromModels:
    """Make the models' tables with Django's schema editor, and read them.

    What they need besides (types, extensions, functions) is in a copy of the files' database;
    without one, types and extensions are made as the live database has them.
    """
    models = models_for(alias)
    database = scratch.create(template=template)
    schema = wanted.schemas[0]
    with closing(database.connect(search_path=wanted.search_path)) as connection:
        _drop_relations(connection)
        if template is None and live is not None:
            _make_prerequisites(connection, live)
        with alias_at(alias, database.params) as wrapper:
            collected = collect_sql(wrapper, models)
        not_checked = _make(connection, collected)
        found = wanted.read(connection)
    facts = model_facts(models, own_apps=own_apps, schema=schema)
    unmade = {label for label, _reason in not_checked}
    unknown = frozenset(
        table_of(each, schema)
        for model in models
        if model._meta.label in unmade
        for each in with_automatic([model])
    )
    return FromModels(
        without(found, unknown),
        replace(facts, unknown_tables=unknown),
        Origins(models, schema=schema),
        tuple(
            NotChecked(f"model {label}", f"its table could not be made: {reason}")
            for label, reason in not_checked
        ),
    )


def _drop_relations(connection: Connection) -> None:
    connection.execute("SET client_min_messages = warning")
    for kind, schema, name in connection.execute(_RELATIONS.encode()).fetchall():
        drop = sql.SQL("DROP {} IF EXISTS {} CASCADE")
        connection.execute(drop.format(sql.SQL(kind), sql.Identifier(schema, name)))


def _make_prerequisites(connection: Connection, live: Schema) -> None:
    wanted = [
        Change(key, None, found)
        for key, found in live.objects.items()
        if key.kind in {"extension", "enum"}
    ]
    for statement in script(wanted, Schema(), live).statements:
        # One that cannot be made is missed, and named, by the model that needs it.
        with suppress(psycopg.Error):
            connection.execute(statement.encode())


def _make(connection: Connection, collected: list[ModelSql]) -> list[tuple[str, str]]:
    """Run the SQL of all models at once; where that fails, return the models that cannot be made.

    Each with the server's reason.
    """
    everything = "\n".join(text for model in collected for text in model.statements)
    refused = [(model.label, model.refused) for model in collected if model.refused]
    if not everything:
        return refused
    try:
        with connection.transaction():
            connection.execute(everything.encode())
    except psycopg.Error:
        return refused + _make_singly(connection, collected)
    return refused


def _make_singly(connection: Connection, collected: list[ModelSql]) -> list[tuple[str, str]]:
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


def hidden_views(models: FromModels, views: frozenset[tuple[str, str]]) -> FromModels:
    """Return the models without those whose table is a view in files or database."""
    hidden = [
        table_key(schema, name)
        for schema, name in sorted(views)
        if table_key(schema, name) in models.schema
    ]
    notes = tuple(
        NotChecked(f"model of {key.schema}.{key.name}", "it is a view, not a table")
        for key in hidden
    )
    return replace(
        models,
        schema=without(models.schema, hidden),
        not_checked=(*models.not_checked, *notes),
    )
