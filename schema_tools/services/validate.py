"""Compare models, SQL files and database, and say of each difference who is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

from schema_tools.django_models.collect import import_the_rest
from schema_tools.django_models.migrations import Migrations
from schema_tools.findings import Finding, NotChecked, Report
from schema_tools.history.command import command
from schema_tools.keys import Key
from schema_tools.schema.comparison.disagreement import EXTRA, Disagreement
from schema_tools.schema.comparison.on_delete import contradictions
from schema_tools.schema.comparison.sides import table_of
from schema_tools.schema.objects import Schema
from schema_tools.services.agreed import (
    Compared,
    agreement_key,
    known_agreement,
    remember_agreement,
)
from schema_tools.services.because import app_of, because
from schema_tools.services.cache import NO_CACHE
from schema_tools.services.folder import lost_folder
from schema_tools.services.judgement import findings
from schema_tools.services.known_findings import read_accepted, without_known
from schema_tools.services.left_out import (
    held_against,
    not_seen,
    of_django,
    other_version,
    unjudged,
    unread,
)
from schema_tools.services.locations import locate
from schema_tools.services.material import Material, gather
from schema_tools.services.present_sides import Present, present
from schema_tools.services.question import DATABASE, MIGRATIONS, MODELS, SIDES, Question
from schema_tools.services.reprint import Reprinted, compare_reprinted
from schema_tools.services.status import history_findings
from schema_tools.services.unknown_names import check_schemas, check_tables
from schema_tools.services.validation_report import Result, report


def validate(question: Question) -> Report:
    """Return the report on the sides that were asked for, but for what the project knows of.

    Raises what reading settings, files and servers raises; a file that fails is a finding.
    """
    known = read_accepted(question.alias)  # what is wrong with it is said before any work
    return report(without_known(look(question), known), fail_on=question.fail_on)


def look(question: Question) -> Result:
    """Return all that is found; raises what ``validate`` raises.

    A table without a model may have one that nothing has imported yet: then all is compared anew.
    """
    seen = _look(question)
    lacks_a_model = any(
        each.code == f"table.{EXTRA}" and each.between == (MODELS, DATABASE)
        for each in seen.findings
    )
    return _look(question) if lacks_a_model and import_the_rest() else seen


def _look(question: Question) -> Result:
    there, is_whole = present(question), question.is_whole
    question = there.question
    with ExitStack() as stack:
        material = gather(question, stack)
        material.scratch.let_go()
        key = agreement_key(question, material, lacks_files=there.lacks_files)
        seen = known_agreement(material.cache, key)
        if seen is None:
            seen = _compared(there, material)
            if seen.is_agreement:
                remember_agreement(material.cache, key, seen)
        return Result(
            compared=tuple(side for side in SIDES if side in question.sides),
            live=material.live,
            tolerated=seen.tolerated,
            objects=seen.objects,
            findings=(
                *material.directory.problems,
                *_lost(material),
                *history_findings(material.standings, material.alias),
                *material.files.findings,
                *seen.findings,
            ),
            not_checked=seen.not_checked,
            is_whole=is_whole and not seen.waiting and _saw_all(material),
            waiting=seen.waiting,
            lacks_files=there.lacks_files,
        )


def _lost(material: Material) -> Iterator[Finding]:
    lost = material.live.past.lost if material.live else ()
    if lost:
        yield lost_folder(material.settings, lost)


def _saw_all(material: Material) -> bool:
    """Return whether each side could be built and read as far as there is any of it."""
    live = material.live
    if live is None or live.schema.not_seen or material.sources.models is None:
        return False
    return live.applied is not None or not material.files.files


def _compared(there: Present, material: Material) -> Compared:
    question = there.question
    reprinted = compare_reprinted(material.sources, material.scratch)
    comparison = reprinted.comparison
    check_tables(question, material.sources)
    check_schemas(material)
    asked = [each for each in comparison.disagreements if question.asks_for(each.key)]
    migrations = Migrations(question.alias)
    shown, waiting = _without_unmigrated(asked, material, migrations)
    judged = tuple(
        _findings(shown, material, comparison.model_key, migrations, lacks_files=there.lacks_files)
    )
    told = {(each.code, each.subject) for each in judged}
    found = (
        *judged,
        *(
            each
            for each in _contradictions(material)
            if _asked(question, each) and ("constraint.on_delete", each.subject) not in told
        ),
    )
    return Compared(
        sum(map(question.asks_for, held_against(comparison.keys, material))),
        comparison.tolerated,
        (*_left_out(there, material, reprinted), *_to_come(question.alias, waiting)),
        found,
        waiting=len(waiting),
        is_agreement=not found and not comparison.disagreements,
    )


def _asked(question: Question, finding: Finding) -> bool:
    return finding.subject is None or question.asks_for(finding.subject)


def _findings(
    shown: list[Disagreement],
    material: Material,
    model_key: Callable[[Key], Key],
    migrations: Migrations,
    *,
    lacks_files: bool,
) -> Iterator[Finding]:
    alias = material.alias
    known = [each.key for each in shown if each.sides.has_files and _in_files(each)]
    lines = locate(
        alias,
        material.scratch,
        material.wanted,
        material.directory.migrations,
        known,
        # Where the files were not certain to come to the same, their lines are not either.
        cache=material.cache if material.files.key else NO_CACHE,
    )
    origins = material.models.origins if material.models else None
    return findings(
        shown,
        origins,
        lines,
        model_key=model_key,
        cause=because(alias, origins, migrations, lacks_files=lacks_files),
        partial=material.files.is_partial,
    )


def _in_files(found: Disagreement) -> bool:
    return found.key in found.sides.files or found.key in found.sides.applied


def _contradictions(material: Material) -> Iterator[Finding]:
    if material.models is None:
        return
    origins, facts = material.models.origins, material.models.facts
    sides = (
        (MIGRATIONS, material.files.files),
        (DATABASE, material.live and material.live.schema),
    )
    side, reference = next(((name, schema) for name, schema in sides if schema), ("", None))
    if reference is None:
        return
    for found in contradictions(reference, side, facts):
        if found.subject is None:
            continue
        place = origins.locate(
            found.subject, table_of(found.subject), reference.get(found.subject)
        )
        yield replace(found, locations=(place,) if place else ())


def _without_unmigrated(
    found: list[Disagreement], material: Material, migrations: Migrations
) -> tuple[list[Disagreement], list[str]]:
    """Leave out the tables of apps whose Django migrations have not all run: they are to come.

    Returns the labels of these apps, too.
    """
    if material.models is None or material.live is None:
        return found, []
    if all(each.sides.has_files for each in found):
        return found, []
    pending = migrations.unapplied
    if not pending:
        return found, []
    label_of = {
        each.key: app_of(table_of(each.key), material.models.origins, migrations)
        for each in found
        if not each.sides.has_files
    }
    waiting = sorted({label for label in label_of.values() if label in pending})
    return [each for each in found if label_of.get(each.key) not in waiting], waiting


def _to_come(alias: str, waiting: list[str]) -> Iterator[NotChecked]:
    if waiting:
        yield NotChecked(
            f"tables of the app{'s' * (len(waiting) > 1)} {', '.join(waiting)}",
            f"not all their Django migrations are applied: {command('migrate', alias=alias)}",
        )


def _left_out(there: Present, material: Material, reprinted: Reprinted) -> Iterator[NotChecked]:
    question = there.question
    for side in () if there.lacks_files else SIDES:
        if side not in question.sides:
            yield NotChecked(side, "left out as asked")
    yield from of_django(material)
    if question.is_restricted:
        yield NotChecked("objects other than those asked for", "left out as asked")
    live = material.live.schema if material.live else Schema()
    yield from not_seen(live)
    yield from material.wanted.not_checked
    yield from material.files.not_checked
    if material.live:
        yield from other_version(live, material.scratch, reprinted.unprinted)
    if material.live and material.live.applied is None and material.files.files:
        yield NotChecked(
            "the database against the SQL files",
            "an applied file was changed or is missing, so what was applied is not known",
        )
    if material.models:
        yield from material.models.not_checked
    yield from unread(live)
    yield from unjudged(reprinted.comparison, lacks_files=there.lacks_files)
