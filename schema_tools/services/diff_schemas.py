"""Compare any two schemas, and write the SQL that turns the first into the second."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schema_tools.conf import get_settings
from schema_tools.findings import NotChecked, Report
from schema_tools.reports.difference import facts, sql, text
from schema_tools.reports.words import counted
from schema_tools.schema.comparison.common_ground import common_ground, read_by_both
from schema_tools.schema.comparison.sides import home_of
from schema_tools.schema.difference import Difference, difference
from schema_tools.schema.objects import Schema
from schema_tools.services.django_tables import django_tables
from schema_tools.services.schema_source import Source, read_sources
from schema_tools.services.schema_spec import parse_spec

_MAJOR = 10000


def diff_schemas(alias: str, before: str, after: str) -> Report:
    """Return the report on what turns one schema into another; it is ok where they are equal.

    Raises what reading settings, files and servers raises.
    """
    specs = (parse_spec(before, "--from"), parse_spec(after, "--to"))
    first, second = read_sources(specs, alias)
    if first.of_files != second.of_files:
        first, second = beside_files(first, second, alias), beside_files(second, first, alias)
    found, notes = compared(first, second)
    number = counted(len(found), "difference") if found else "no difference"
    title = f"From {first.name} to {second.name}: {number}"
    summary = (
        f"{number}. The SQL that turns the first into the second: --format sql"
        if found
        else f"Equal: {counted(len(found.keys), 'object')} compared."
    )
    drafts = list(found.drafts())
    return Report(
        title=title,
        summary=summary,
        body=text(found),
        not_checked=notes,
        facts={
            "from": _fact(first),
            "to": _fact(second),
            **facts(found),
            "safe": all(draft.safe for draft in drafts),
            "sql": sql(drafts, title, notes) if found else "",
        },
        ok=not found,
    )


def beside_files(source: Source, other: Source, alias: str) -> Source:
    """Return a source without the tables that SQL files, the other one, leave to Django.

    Who brings a database to what its files say does not mean to drop Django's own tables. What
    files make on those stays, and so does what models say of them.
    """
    if source.of_files or source.facts is not None:
        return source
    made = other.schema.objects
    tables = django_tables(alias, get_settings(alias).schemas[0]).keys() - made.keys()
    objects = source.schema.objects
    kept = {
        key: each
        for key, each in objects.items()
        if key in made or home_of(key, each) not in tables
    }
    gone = sorted(key.name for key in tables if key in objects)
    if not gone:
        return source
    note = NotChecked(
        f"{counted(len(gone), 'table')} of Django's own migrations ({', '.join(gone)})",
        "no SQL file makes them, so nothing is known of them there",
    )
    schema = replace(source.schema, objects=kept)
    return replace(source, schema=schema, not_checked=(*source.not_checked, note))


def compared(first: Source, second: Source) -> tuple[Difference, tuple[NotChecked, ...]]:
    """Return what differs in what both sources can say, and what was left out."""
    before, after, unread = read_by_both(_cut(first.schema, second), _cut(second.schema, first))
    notes = [*unread, *first.not_checked, *second.not_checked, *_older(first), *_older(second)]
    notes += _other_version(first, second)
    if first.facts is not None and second.facts is None:
        ground = common_ground(before, first.facts, after)
        before, after = ground.models, ground.other
        notes += ground.left_out
    elif second.facts is not None and first.facts is None:
        ground = common_ground(after, second.facts, before)
        before, after = ground.other, ground.models
        notes += ground.left_out
    of_models = first.facts is not None or second.facts is not None
    found = difference(before, after, by_place=not of_models)
    return found, tuple(dict.fromkeys(notes))


def _cut(schema: Schema, other: Source) -> Schema:
    return schema if other.snapshot is None else other.snapshot.cut(schema)


def _older(source: Source) -> Iterator[NotChecked]:
    if source.snapshot is not None and source.snapshot.unknown:
        yield NotChecked(
            ", ".join(source.snapshot.unknown),
            f"{source.name} was made by an older version, which did not read this",
        )


def _other_version(first: Source, second: Source) -> Iterator[NotChecked]:
    """Say that two servers print for one comparison: expressions may differ by that alone."""
    versions = [each.schema.server_version // _MAJOR for each in (first, second)]
    if versions[0] != versions[1]:
        yield NotChecked(
            "whether expressions differ in more than their printed form",
            f"{first.name}: PostgreSQL {versions[0]}, {second.name}: PostgreSQL {versions[1]}",
        )


def _fact(source: Source) -> dict[str, object]:
    return {"name": source.name, "server_version": source.schema.server_version // _MAJOR}
