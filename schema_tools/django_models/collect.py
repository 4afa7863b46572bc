"""The models that a database alias is meant to hold, and the SQL that makes their tables."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg
from django.apps import apps
from django.contrib.postgres.signals import get_citext_oids, get_hstore_oids
from django.db import InterfaceError, connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Model
from django.db.utils import load_backend
from django.urls import get_resolver

from schema_tools.django_models.facts import with_automatic
from schema_tools.errors import Unavailable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelSql:
    """Statements that make one model's table, or why Django makes none of it."""

    label: str
    statements: tuple[str, ...]
    refused: str = ""


def models_for(alias: str) -> tuple[type[Model], ...]:
    """Return the models whose tables belong in the alias's database.

    Left out are proxies, swapped models, this app's own view of the history table, what a router
    keeps out of that database, and GeoDjango's models of the tables that PostGIS brings. Tables of
    many-to-many relations come with their model.
    """
    return tuple(
        model
        for model in apps.get_models()
        if not model._meta.proxy
        and not model._meta.swapped
        and model._meta.app_label != "schema_tools"
        and not model.__module__.startswith("django.contrib.gis.db.backends.")
        and router.allow_migrate_model(alias, model)
    )


def import_the_rest() -> bool:
    """Import the models that only the URLs of the project import; return whether there are any.

    ``makemigrations`` and ``migrate`` have them, since the system checks look at the URLs first.
    """
    before = len(apps.get_models())
    try:
        get_resolver().url_patterns  # noqa: B018 - a property that imports
    except Exception:  # a project's pages are code of any kind: the database needs none of them
        logger.debug("the URLs of the project cannot be imported", exc_info=True)
    return len(apps.get_models()) > before


@contextmanager
def alias_at(alias: str, params: dict[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    """Let an alias mean another database, in this thread, until the block ends.

    Django's migrations find their connection by the alias wherever they ask the ORM, and routers
    decide by its name: a wrapper on the side would let them write to the real database. ``params``
    are libpq's. Raises Unavailable where the alias's backend connects somewhere else all the same.
    """
    real = connections[alias]
    wrapper = _wrapper(real, alias, params)
    connections[alias] = wrapper
    _forget_types(wrapper)
    try:
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT pg_catalog.current_database()")
            reached = cursor.fetchone()[0]
        if reached != params["dbname"]:
            raise Unavailable(
                f"the ENGINE of database {alias!r} connects to {reached} where it was told to use "
                f"the scratch database {params['dbname']}",
                hint="A backend that pools connections by alias cannot be used for this; give "
                "schema_tools an alias of its own with Django's backend.",
            )
        yield wrapper
    finally:
        connections[alias] = real
        wrapper.close()
        _forget_types(wrapper)


def _forget_types(wrapper: BaseDatabaseWrapper) -> None:
    """Let Django look for the types of extensions anew: it remembers them by the alias."""
    for known in (get_citext_oids, get_hstore_oids):
        known.cache_clear()  # type: ignore[attr-defined]  # the stubs forget its lru_cache
    # Those of PostGIS; no import, for the module needs GDAL.
    by_type: dict[str, dict[str, object]] = getattr(wrapper, "_type_infos", {})
    for by_alias in by_type.values():
        by_alias.pop(wrapper.alias, None)


def prepare_database(alias: str, params: dict[str, Any]) -> None:
    """Make what the alias's backend makes before any migration: PostGIS's makes its extension."""
    ours = getattr(connections[alias], "prepare_database", None)
    if getattr(ours, "__func__", None) is not BaseDatabaseWrapper.prepare_database:
        with alias_at(alias, params) as wrapper:
            wrapper.prepare_database()


def _wrapper(real: BaseDatabaseWrapper, alias: str, params: dict[str, Any]) -> BaseDatabaseWrapper:
    """Return a wrapper like the real one, of which nothing but the parameters is left.

    Django keeps its connection pools by alias: one with a pool would get the real database's.
    """
    own = {"dbname", "host", "port", "user", "password"}
    engine = _PLAIN_ENGINES.get(real.settings_dict["ENGINE"], real.settings_dict["ENGINE"])
    settings = {
        **real.settings_dict,
        "ENGINE": engine,
        "NAME": params["dbname"],
        "HOST": params.get("host") or "",
        "PORT": str(params.get("port") or ""),
        "USER": params.get("user") or "",
        "PASSWORD": params.get("password") or "",
        "OPTIONS": {name: value for name, value in params.items() if name not in own},
        "CONN_MAX_AGE": 0,
    }
    wrapper: BaseDatabaseWrapper = load_backend(engine).DatabaseWrapper(settings, alias)
    return wrapper


# The embedded server's backend starts a server of its own and knows no other.
_PLAIN_ENGINES = {"schema_tools.postgres.backend": "django.db.backends.postgresql"}


def collect_on(alias: str, models: Iterable[type[Model]]) -> list[ModelSql]:
    """Return the models' SQL as Django would write it for the alias's own database.

    Nothing is run there but the question for what the server can do; a field that tries more is
    refused, for the transaction is for reading.
    """
    with transaction.atomic(using=alias):
        with connections[alias].cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        return collect_sql(connections[alias], models)


def collect_unconnected(
    alias: str, models: Iterable[type[Model]], *, server_version: int
) -> list[ModelSql]:
    """Return what tells models apart by their SQL, for a server of a version (180004).

    The values stand behind the statements, since putting them in takes a connection: this can be
    compared and not be run. A model that has to ask a server is refused.
    """
    wrapper = _wrapper(connections[alias], alias, {"dbname": ""})
    own: dict[str, Any] = {
        "pg_version": server_version,
        "connect": _not_here,
        "ensure_connection": lambda: None,
    }
    vars(wrapper).update(own)
    vars(wrapper.ops)["compose_sql"] = _with_values
    return collect_sql(wrapper, models)


def _not_here() -> None:
    raise InterfaceError("there is no connection to ask")


def _with_values(text: str, values: Iterable[object] | None) -> str:
    return "\n-- ".join([text, *map(psycopg.sql.quote, values or ())])


def collect_sql(wrapper: BaseDatabaseWrapper, models: Iterable[type[Model]]) -> list[ModelSql]:
    """Return the SQL with which Django's schema editor would make the models' tables.

    What it defers (foreign keys, indexes) comes after all tables, under each model's label once
    more. The wrapper must be connected: Django asks the server for its version and composes
    literals with it.
    """
    wrapper.ensure_connection()
    collected: list[ModelSql] = []
    waiting: list[str] = []
    with wrapper.schema_editor(collect_sql=True, atomic=False) as editor:
        for model in models:
            label = model._meta.label
            done, deferred = len(editor.collected_sql), len(editor.deferred_sql)
            if reason := _create(editor, model):
                collected.append(ModelSql(label, (), reason))
                continue
            collected.append(ModelSql(label, tuple(map(str, editor.collected_sql[done:]))))
            waiting += [label] * (len(editor.deferred_sql) - deferred)
        done = len(editor.collected_sql)
    late = zip(waiting, map(str, editor.collected_sql[done:]), strict=True)
    for label, statements in groupby(late, key=itemgetter(0)):
        collected.append(ModelSql(label, tuple(text for _label, text in statements)))
    return collected


def _create(editor: BaseDatabaseSchemaEditor, model: type[Model]) -> str:
    """Let the editor collect the SQL of a model; return why it has none, "" where it has."""
    done, deferred = len(editor.collected_sql), len(editor.deferred_sql)
    reason = ""
    for form in (nullcontext, _percent_signs_doubled):
        try:
            with _managed(model), form(model):
                editor.create_model(model)
        except Exception as error:  # a field's own SQL, or a fault of Django's: any kind
            del editor.collected_sql[done:], editor.deferred_sql[deferred:]
            reason = reason or f"{type(error).__name__}: {error}".strip()
        else:
            return ""
    return reason


@contextmanager
def _managed(model: type[Model]) -> Iterator[None]:
    """Let a model and its automatic ones be managed until the block ends.

    Django makes no indexes for one that is not: whoever makes its table has to.
    """
    unmanaged = [each._meta for each in with_automatic([model]) if not each._meta.managed]
    for options in unmanaged:
        options.managed = True
    try:
        yield
    finally:
        for options in unmanaged:
            options.managed = False


@contextmanager
def _percent_signs_doubled(model: type[Model]) -> Iterator[None]:
    """Let a model's comments have two percent signs for each, until the block ends.

    Django takes the text of a comment for SQL with placeholders: one that is no placeholder stops
    it, and two make one.
    """
    table = model._meta
    kept = [(field, field.db_comment) for field in table.local_fields if field.db_comment]
    of_table = table.db_table_comment
    table.db_table_comment = of_table and of_table.replace("%", "%%")
    for field, comment in kept:
        field.db_comment = comment.replace("%", "%%")
    try:
        yield
    finally:
        table.db_table_comment = of_table
        for field, comment in kept:
            field.db_comment = comment
