"""Refuse names of tables and schemas that nobody knows: of a slip of the pen everything agrees."""

from __future__ import annotations

import difflib

from django.apps import apps
from django.db import connections

from schema_tools.conf import nearest
from schema_tools.django_models.facts import table_of
from schema_tools.errors import ConfigurationError
from schema_tools.schema.comparison.sides import Sources
from schema_tools.schema.objects import RELATIONS
from schema_tools.services.material import Material
from schema_tools.services.question import Question


def check_tables(question: Question, sources: Sources) -> None:
    """Refuse a table that no side knows: a slip of the pen must not pass for agreement."""
    if not question.tables:
        return
    schemas = (sources.models, sources.applied, sources.files, sources.live)
    known: set[str] = set()
    for key in (key for schema in schemas if schema for key in schema.objects):
        if key.kind in RELATIONS:
            known |= {key.name, f"{key.schema}.{key.name}"}
    for name in sorted(question.tables - known):
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        near = near or sorted((each for each in known if name in each), key=len)
        raise ConfigurationError(
            f"--tables: there is no table {name!r} in models, SQL files or database",
            hint=f"Did you mean {near[0]!r}?" if near else "Name it as it is in the database.",
        )


def check_schemas(material: Material) -> None:
    """Refuse a schema in SCHEMAS that neither the database, an SQL file nor a model names.

    A model of any database counts: one list may be for them all.
    """
    if material.live is None or (material.files.files is None and material.directory.path):
        return  # a file may make it
    sides = [each for each in (material.live.schema, material.files.files) if each is not None]
    known = {key.name for side in sides for key in side.objects if key.kind == "schema"}
    known |= _of_models()
    for name in material.settings.schemas:
        if name not in known:
            raise ConfigurationError(
                f"SCHEMA_TOOLS['SCHEMAS'] names {name!r}, which is not in the database, and no "
                "SQL file makes it",
                hint=nearest(name, dict.fromkeys(known)) + _for_one(material.alias),
            )


def _of_models() -> set[str]:
    # Where the history is follows from the list itself.
    stating = (each for each in apps.get_models() if each._meta.app_label != "schema_tools")
    return {table_of(each, "").schema for each in stating} - {""}


def _for_one(alias: str) -> str:
    if len(connections.settings) == 1:
        return ""
    return f" Its own list: SCHEMA_TOOLS = {{'DATABASES': {{{alias!r}: {{'SCHEMAS': [...]}}}}}}."
