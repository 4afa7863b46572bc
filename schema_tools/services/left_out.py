"""What a comparison of SQL files with a database could not look at, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from schema_tools.findings import NotChecked
from schema_tools.keys import Key
from schema_tools.postgres.scratch import Scratch
from schema_tools.schema.comparison.disagreement import Comparison
from schema_tools.schema.comparison.sides import table_of
from schema_tools.schema.comparison.wording import kind_words
from schema_tools.schema.objects import Schema
from schema_tools.services.material import Material

OF_A_DATABASE = "models are held against the database there, which was left out"
# What a new database has.
_OF_EVERY_DATABASE = {Key("schema", "", "", "public"), Key("extension", "", "", "plpgsql")}


def not_seen(live: Schema) -> Iterator[NotChecked]:
    """Name what the role is not let see."""
    for what, reason in live.not_seen:
        yield NotChecked(what, reason)


def of_django(material: Material) -> Iterator[NotChecked]:
    """Count the models' tables that have nothing beside them: no file makes them."""
    number = len(_alone(material))
    if number:
        tables = "1 table" if number == 1 else f"{number} tables"
        yield NotChecked(
            f"{tables} of Django's own migrations",
            OF_A_DATABASE,
        )


def held_against(keys: Iterable[Key], material: Material) -> list[Key]:
    """Return the keys of what has anything beside it."""
    alone = _alone(material)
    made = material.files.files or Schema()
    return [key for key in keys if key in made or table_of(key) not in alone]


def _alone(material: Material) -> frozenset[Key]:
    if material.live is not None or material.models is None:
        return frozenset()
    made = material.files.files or Schema()
    return frozenset(key for key in material.models.facts.django_tables if key not in made)


def other_version(
    live: Schema, scratch: Scratch, unprinted: tuple[Key, ...]
) -> Iterator[NotChecked]:
    """Name what two servers have printed and none of them both: it may differ by that alone."""
    if not unprinted:
        return
    version = live.server_version // 10000
    if version != scratch.major:
        yield NotChecked(
            "whether expressions differ in more than their printed form: "
            + ", ".join(map(str, unprinted)),
            f"the database is on PostgreSQL {version}, models and SQL files were built on "
            f"PostgreSQL {scratch.major} ({scratch.where}), where these cannot be made",
        )


def unread(live: Schema) -> Iterator[NotChecked]:
    """Name the schemas of the database whose objects were not looked at."""
    for key, found in live.objects.items():
        if key.kind == "schema" and not getattr(found, "is_read", True):
            yield NotChecked(
                f"what is in schema {key.name}", "it is not in SCHEMAS, and no SQL file makes it"
            )


def unjudged(comparison: Comparison, *, lacks_files: bool = False) -> Iterator[NotChecked]:
    """Count what the database has on Django's own tables, of kinds that no model states.

    With ``lacks_files`` all tables are such, and there are no files to speak of.
    """
    counts = Counter(key.kind for key in comparison.unjudged if key not in _OF_EVERY_DATABASE)
    if counts:
        words = ", ".join(f"{kind_words(kind)}: {count}" for kind, count in sorted(counts.items()))
        yield NotChecked(
            "what models cannot state"
            f"{'' if lacks_files else ' of tables that no SQL file makes'} ({words})",
            "there is nothing to hold it against",
        )
