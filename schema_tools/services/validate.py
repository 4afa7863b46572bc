"""Compare models, SQL files and database, and say of each difference who is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

from schema_tools.conf import Settings, get_settings
from schema_tools.errors import ConfigurationError
from schema_tools.findings import Finding, NotChecked, Report
from schema_tools.history.directory import Directory, read_directory
from schema_tools.history.plan import Standing
from schema_tools.keys import Key
from schema_tools.postgres.scratch import Scratch, open_scratch
from schema_tools.postgres.session import search_path
from schema_tools.schema.compare import Disagreement, compare
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.on_delete import contradictions
from schema_tools.schema.sides import Sources, table_of
from schema_tools.services.judgement import findings
from schema_tools.services.live import Live, history_tables, read_live, unmigrated_apps
from schema_tools.services.locations import locate
from schema_tools.services.question import DATABASE, MIGRATIONS, MODELS, SIDES, Question
from schema_tools.services.sources import (
    FromFiles,
    FromModels,
    Wanted,
    from_files,
    from_models,
    hidden_views,
)
from schema_tools.services.status import history_findings
from schema_tools.services.target import NO_FILES, open_target
from schema_tools.services.validation_report import Result, report


@dataclass(frozen=True, slots=True)
class _Material:
    """All that was read, and the server to look up lines on."""

    settings: Settings
    directory: Directory
    wanted: Wanted
    scratch: Scratch
    live: Live | None
    files: FromFiles
    models: FromModels | None

    @property
    def sources(self) -> Sources:
        live = self.live.schema if self.live else None
        if self.directory is not NO_FILES and self.files.files is None:
            # Without all files nobody knows whether the database lacks something or a file does.
            applied = self.files.applied
            return Sources(applied=applied, files=applied, live=live)
        return Sources(
            models=self.models.schema if self.models else None,
            applied=self.files.applied,
            files=self.files.files,
            live=live,
            facts=self.models.facts if self.models else ModelFacts(),
        )

    @property
    def standings(self) -> tuple[Standing, ...]:
        return self.live.standings if self.live else ()


def validate(question: Question) -> Report:
    """Return the report on the sides that were asked for.

    Raises what reading settings, files and servers raises; a file that fails is a finding.
    """
    with ExitStack() as stack:
        material = _gather(question, stack)
        comparison = compare(material.sources)
        _check_tables(question, material.sources)
        asked = [each for each in comparison.disagreements if question.asks_for(each.key)]
        shown, unmigrated = _without_unmigrated(question.alias, asked, material)
        found = (
            *material.directory.problems,
            *history_findings(material.standings),
            *material.files.findings,
            *_findings(question.alias, shown, material, comparison.model_key),
            *(each for each in _contradictions(material) if _asked(question, each)),
        )
        result = Result(
            compared=tuple(side for side in SIDES if side in question.sides),
            live=material.live,
            comparison=comparison,
            objects=sum(map(question.asks_for, comparison.keys)),
            findings=found,
            not_checked=(*_left_out(question, material), *unmigrated),
        )
        return report(result, fail_on=question.fail_on)


def _check_tables(question: Question, sources: Sources) -> None:
    """Refuse a table that no side knows: a slip of the pen must not pass for agreement."""
    if not question.tables:
        return
    schemas = (sources.models, sources.applied, sources.files, sources.live)
    known: set[str] = set()
    for key in (key for schema in schemas if schema for key in schema.objects):
        if key.kind == "table":
            known |= {key.name, f"{key.schema}.{key.name}"}
    for name in sorted(question.tables - known):
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        raise ConfigurationError(
            f"--tables: there is no table {name!r} in models, SQL files or database",
            hint=f"Did you mean {near[0]!r}?" if near else "Name it as it is in the database.",
        )


def _asked(question: Question, finding: Finding) -> bool:
    return finding.subject is None or question.asks_for(finding.subject)


def _gather(question: Question, stack: ExitStack) -> _Material:
    with_files = MIGRATIONS in question.sides
    settings = get_settings(question.alias)
    directory = read_directory(settings.migrations_dir) if with_files else NO_FILES
    wanted = Wanted(settings.schemas, passed_over=history_tables(settings))
    live = None
    if DATABASE in question.sides:
        target = stack.enter_context(open_target(question.alias, files=with_files))
        wanted = replace(wanted, search_path=search_path(target.connection))
        live = read_live(target, wanted, with_history=with_files)
    scratch = stack.enter_context(open_scratch(question.alias, settings))
    files = _files(question.alias, scratch, wanted, directory, live) if with_files else FromFiles()
    models = None
    if MODELS in question.sides:
        models = from_models(
            question.alias,
            scratch,
            wanted,
            own_apps=settings.apps,
            template=files.database,
            live=live.schema if live else None,
        )
        models = hidden_views(models, files.views | (live.views if live else frozenset()))
    return _Material(settings, directory, wanted, scratch, live, files, models)


def _files(
    alias: str, scratch: Scratch, wanted: Wanted, directory: Directory, live: Live | None
) -> FromFiles:
    """Replay the files: first those applied, in the order in which they were, if it is known."""
    if directory.problems:
        return FromFiles(not_checked=(_UNREADABLE,))
    everything = directory.migrations
    if live is None or live.applied is None:
        return from_files(alias, scratch, wanted, applied=None, pending=everything)
    done = {migration.version for migration in live.applied}
    pending = tuple(migration for migration in everything if migration.version not in done)
    if (*live.applied, *pending) == everything:
        return from_files(alias, scratch, wanted, applied=live.applied, pending=pending)
    # Applied out of order: what is there and what a new database gets are built one by one.
    applied = from_files(alias, scratch, wanted, applied=live.applied, pending=())
    all_files = from_files(alias, scratch, wanted, applied=None, pending=everything)
    return replace(
        all_files,
        applied=applied.applied,
        findings=(*applied.findings, *all_files.findings),
        not_checked=tuple(dict.fromkeys((*applied.not_checked, *all_files.not_checked))),
        is_partial=applied.is_partial or all_files.is_partial,
    )


def _findings(
    alias: str,
    shown: list[Disagreement],
    material: _Material,
    model_key: Callable[[Key], Key],
) -> Iterator[Finding]:
    known = [each.key for each in shown if each.sides.has_files and _in_files(each)]
    lines = locate(alias, material.scratch, material.wanted, material.directory.migrations, known)
    return findings(
        shown,
        material.models.origins if material.models else None,
        lines,
        model_key=model_key,
        partial=material.files.is_partial,
    )


def _in_files(found: Disagreement) -> bool:
    return found.key in found.sides.files or found.key in found.sides.applied


def _contradictions(material: _Material) -> Iterator[Finding]:
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
    alias: str, found: list[Disagreement], material: _Material
) -> tuple[list[Disagreement], list[NotChecked]]:
    """Leave out the tables of apps whose Django migrations have not all run: they are to come."""
    if material.models is None or material.live is None:
        return found, []
    django = material.models.facts.django_tables
    if not any(table_of(each.key) in django for each in found):
        return found, []
    pending = unmigrated_apps(alias)
    apps_of = {
        each.key: model._meta.app_label
        for each in found
        if not each.sides.has_files
        and (model := material.models.origins.model_of(table_of(each.key)))
    }
    left_out = sorted({label for label in apps_of.values() if label in pending})
    return (
        [each for each in found if apps_of.get(each.key) not in left_out],
        [
            NotChecked(
                f"tables of the app {label}",
                f"{pending[label]} of its Django migrations are not applied: manage.py migrate",
            )
            for label in left_out
        ],
    )


_UNREADABLE = NotChecked(
    "the SQL files against models and database", "there are problems with the files"
)


def _other_version(material: _Material) -> Iterator[NotChecked]:
    """Say that two servers print for one comparison: expressions may differ by that alone."""
    if material.live is None:
        return
    live, scratch = (
        version // 10000
        for version in (material.live.schema.server_version, material.scratch.server_version)
    )
    if live != scratch:
        yield NotChecked(
            "whether expressions differ in more than their printed form",
            f"the database is on PostgreSQL {live}, models and SQL files were built on "
            f"PostgreSQL {scratch} ({material.scratch.where})",
        )


def _left_out(question: Question, material: _Material) -> Iterator[NotChecked]:
    for side in SIDES:
        if side not in question.sides:
            yield NotChecked(side, "left out as asked")
    if question.is_restricted:
        yield NotChecked("objects other than those asked for", "left out as asked")
    yield from material.files.not_checked
    yield from _other_version(material)
    if material.live and material.live.applied is None and material.files.files:
        yield NotChecked(
            "the database against the SQL files",
            "an applied file was changed or is missing, so what was applied is not known",
        )
    if material.models:
        yield from material.models.not_checked
