"""Draft the migration files that bring the SQL files to the models, or to the live database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace

from schema_tools.django_models.migrations import Migrations
from schema_tools.errors import DraftRefused
from schema_tools.findings import Finding
from schema_tools.history.migration import Migration
from schema_tools.keys import Key
from schema_tools.postgres.scratch import Scratch
from schema_tools.schema.comparison.disagreement import (
    EXTRA,
    RENAMED,
    Comparison,
    Disagreement,
)
from schema_tools.schema.comparison.resolution import MODELS, new_names, resolved
from schema_tools.schema.comparison.sides import Sources
from schema_tools.schema.comparison.verdict import Verdict
from schema_tools.schema.comparison.wording import brief, kind_words
from schema_tools.schema.diff import diff
from schema_tools.schema.drafting.dependencies import mentions
from schema_tools.schema.drafting.stages import Stage, stages
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import RELATIONS, Schema
from schema_tools.schema.renames import relabelled
from schema_tools.services import question
from schema_tools.services.because import creator_of
from schema_tools.services.django_tables import django_tables
from schema_tools.services.live import last_migrations
from schema_tools.services.material import Material, gather
from schema_tools.services.reprint import compare_reprinted
from schema_tools.services.requirements import Requirements
from schema_tools.services.table_sizes import tables_with_rows

Ask = Callable[[str], bool]
_OF_THE_DATABASE = frozenset(
    {Verdict.DATABASE_DRIFTED, Verdict.MIGRATION_FORGOTTEN, Verdict.CONFLICT}
)


@dataclass(frozen=True, slots=True)
class Drafted:
    """What was drafted: the files, and what to know of them.

    ``target`` is the schema that they have to lead to, ``django`` the label of the app of each
    table that Django's own migrations make.
    """

    stages: tuple[Stage, ...]
    notes: tuple[str, ...]
    material: Material
    target: Schema
    django: Mapping[Key, str]


def draft(alias: str, right: str, stack: ExitStack, *, ask: Ask | None) -> Drafted:
    """Draft the files after which the SQL files say what the ``right`` side says.

    ``right`` is ``models`` or ``database``. ``ask`` puts a question to the user; without it a
    likely rename counts as one, and a table that no model has is left alone. Servers stay open
    as long as the stack. Raises DraftRefused where the files cannot be built upon.
    """
    material = gather(_question(alias, right), stack)
    problems = (*material.directory.problems, *material.files.findings)
    if problems or material.files.files is None:
        raise DraftRefused(
            "nothing can be drafted while the SQL files have problems of their own"
            + (f": {problems[0].message}" if problems else ""),
            hint="See them all with validate_schema, and mend them first.",
        )
    tables = django_tables(alias, material.wanted.schemas[0])
    django = {key: app for key, app in tables.items() if key not in material.files.files}
    found, notes = _differences(
        _beside_django(material, django), right, ask, scratch=material.scratch
    )
    if right != MODELS:
        migrations = Migrations(alias)
        found, left = _without_created(found, migrations)
        notes += [*left, *_made_twice(material.settings.apps, migrations)]
    names = new_names(found, right=right)
    files = material.files.files
    target = resolved(found, files, right=right)
    rows = tables_with_rows(alias)
    parts = stages(files, target, names, has_rows=lambda table: rows is None or table in rows)
    unmade = _unmade(material)
    if unmade and not parts:
        raise DraftRefused(
            "the tables of models could not be made, so nothing can be drafted for them:\n  "
            + "\n  ".join(unmade),
            hint="What models need and do not make (extensions, types) goes into a file before.",
        )
    return Drafted(
        parts,
        (*notes, *unmade, *([] if rows is not None else [_UNKNOWN_ROWS])),
        material,
        relabelled(target, names),
        django,
    )


def _beside_django(material: Material, django: Mapping[Key, str]) -> Sources:
    """Return the sources; also without models it is known which tables are no file's."""
    sources = material.sources
    if material.models is not None:
        return sources
    return replace(sources, facts=ModelFacts(django_tables=frozenset(django)))


_UNKNOWN_ROWS = (
    "The database could not be asked which tables have rows: all that are there were taken to."
)


def _unmade(material: Material) -> tuple[str, ...]:
    """Return what there is to say where the SQL files should make tables that nobody has seen."""
    models = material.models
    if models is None or not models.facts.unknown_tables - models.facts.django_tables:
        return ()
    return tuple(f"{note.what}: {note.reason}" for note in models.not_checked)


def _question(alias: str, right: str) -> question.Question:
    other = question.MODELS if right == MODELS else question.DATABASE
    return question.Question(alias, frozenset({question.MIGRATIONS, other}))


def _differences(
    sources: Sources, right: str, ask: Ask | None, *, scratch: Scratch
) -> tuple[list[Disagreement], list[str]]:
    """Return what the files are to take over, and what was decided on the way."""
    notes: list[str] = []
    comparison = compare_reprinted(sources, scratch).comparison
    renamed = [each for each in _relevant(comparison, right) if each.aspect == RENAMED]
    others = {each.key for each in renamed if ask is not None and not ask(_rename_words(each))}
    if others:
        sources = replace(sources, not_renamed=frozenset(others))
        comparison = compare_reprinted(sources, scratch).comparison
    notes += [f"{_named(each)}: taken for a rename." for each in renamed if each.key not in others]
    found = []
    for each in _relevant(comparison, right):
        if _only_files_have_it(each, right) and not (ask and ask(_drop_words(each))):
            notes.append(f"Table {each.key.name}: no model has it; left as it is.")
        else:
            found.append(each)
    return found, notes


def _relevant(comparison: Comparison, right: str) -> list[Disagreement]:
    wanted = [each for each in comparison.disagreements if each.sides.has_files]
    if right == MODELS:
        return [each for each in wanted if each.sides.has_models]
    return [each for each in wanted if each.verdict in _OF_THE_DATABASE]


def _without_created(
    found: list[Disagreement], migrations: Migrations
) -> tuple[list[Disagreement], list[str]]:
    """Leave out what a migration of Django's creates by SQL of its own; say so, too."""
    makers = {each.key: creator_of(each, migrations) for each in found}
    notes = [
        f"{kind_words(key.kind).capitalize()} {key.name}: {maker} creates it; left to that."
        for key, maker in makers.items()
        if maker
    ]
    return [each for each in found if not makers[each.key]], notes


def _made_twice(apps: Iterable[str], migrations: Migrations) -> Iterator[str]:
    for label in sorted(migrations.makers & {*apps}):
        yield (
            f"App {label}: its Django migrations make its tables, too. Take them out of use, by "
            "MIGRATION_MODULES or by removing them, before a new database is made "
            "(docs/adoption.md)."
        )


def _only_files_have_it(found: Disagreement, right: str) -> bool:
    return right == MODELS and found.aspect == EXTRA and found.key.kind in RELATIONS


def _rename_words(found: Disagreement) -> str:
    return f"{_named(found)}. Was the {kind_words(found.key.kind)} renamed?"


def _named(found: Disagreement) -> str:
    """Return what differs, and on which table: many have a column of that name."""
    return f"Table {found.key.table}: {brief(found)}" if found.key.table else brief(found)


def _drop_words(found: Disagreement) -> str:
    return f"No model has the table {found.key.name}. Drop it, with all its rows?"


def prove(drafted: Drafted, files: tuple[Migration, ...], *, right: str) -> None:
    """Run the files after all others in a scratch database, and their rollbacks after that.

    Raises DraftRefused where they fail, do not lead to what they should, or do not lead back.
    """
    material = drafted.material
    database = material.scratch.create()
    with closing(database.connect(search_path=material.wanted.search_path)) as connection:
        required = Requirements(material.alias, database, connection, material.wanted.schemas)
        replayer = material.wanted.replayer(connection, database)
        replayer.run(material.directory.migrations, prepare=required.meet)
        before = material.wanted.read_replayed(connection, replayer)
        _must_run(replayer.run(files, prepare=required.meet).failure)
        after = required.files_only(material.wanted.read_replayed(connection, replayer))
        _must_agree(drafted, after, right)
        _must_run(replayer.run(tuple(replace(file, up=file.down) for file in files[::-1])).failure)
        left = diff(
            required.files_only(material.wanted.read_replayed(connection, replayer)),
            required.files_only(before),
        )
    if left:
        raise DraftRefused(
            f"the drafted rollback does not bring back {left[0].key}", hint=_BY_HAND
        )


_BY_HAND = "Nothing was written. See the draft with --dry-run, and write the file by hand."


def _must_run(failure: Finding | None) -> None:
    if failure is not None:
        raise DraftRefused(f"the draft does not run: {failure.message}", hint=_BY_HAND)


def _must_agree(drafted: Drafted, after: Schema, right: str) -> None:
    """See that nothing is left but what is the same, as models say it or another server prints."""
    remaining = diff(after, drafted.target)
    if remaining:
        again = compare_reprinted(_beside(drafted, after, right), drafted.material.scratch)
        missed = {each.key for each in again.comparison.disagreements}
        remaining = tuple(change for change in remaining if change.key in missed)
    if remaining:
        raise DraftRefused(
            f"the draft does not lead to what it should: {remaining[0].key} "
            f"{', '.join(remaining[0].aspects) or 'is not as it should be'}",
            hint=_BY_HAND,
        )


def _beside(drafted: Drafted, after: Schema, right: str) -> Sources:
    """Return what the files make now beside the side that is right."""
    sources = drafted.material.sources
    if right == MODELS:
        return Sources(sources.models, applied=after, files=after, facts=sources.facts)
    facts = ModelFacts(django_tables=frozenset(drafted.django))
    return Sources(applied=after, files=after, live=sources.live, facts=facts)


def required_by(drafted: Drafted) -> tuple[str, ...]:
    """Return Django's migrations after which the tables are there that new objects name."""
    files = drafted.material.files.files
    if files is None:
        return ()
    named = {
        pair
        for key, found in drafted.target.objects.items()
        if key not in files
        for pair in mentions(found)
    }
    apps = {app for table, app in drafted.django.items() if (table.schema, table.name) in named}
    return last_migrations(apps)
