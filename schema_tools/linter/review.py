"""Hold migration files against the rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from schema_tools.findings import Finding, Location
from schema_tools.history.directory import Directory
from schema_tools.history.fold import fold
from schema_tools.linter import ignores
from schema_tools.linter.context import Context
from schema_tools.linter.replay import catalog_of
from schema_tools.linter.rule import Flaw, Rule, rules


def review(
    directory: Directory,
    paths: Collection[str] | None = None,
    *,
    beside: Iterable[Finding] = (),
) -> tuple[Finding, ...]:
    """Return what is wrong with the files of a folder, in the order of path and line.

    All files are read together, for one may settle what another left open; ``paths`` are those
    to report on, None means all. ``beside`` is what is known of other files of the folder.
    """
    found = [*directory.problems, *beside, *_findings(directory, paths)]
    chosen = [each for each in found if _concerns(each, paths)]
    return tuple(sorted(chosen, key=lambda each: (each.locations, each.code)))


def _concerns(finding: Finding, paths: Collection[str] | None) -> bool:
    return paths is None or any(location.path in paths for location in finding.locations)


def _findings(directory: Directory, paths: Collection[str] | None) -> Iterator[Finding]:
    folder = directory.migrations
    catalog = catalog_of(fold(directory)[0].migrations)
    for migration in folder:
        if paths is None or migration.path in paths:
            context = Context(migration, folder, catalog)
            for rule, flaw in _flaws(context):
                location = Location(migration.path, flaw.line)
                yield Finding(
                    rule.code, rule.severity, flaw.message, flaw.hint, locations=(location,)
                )


def _flaws(context: Context) -> Iterator[tuple[Rule, Flaw]]:
    """Yield the flaws of a file, but those that its comments silence."""
    known = rules()
    found = [(rule, flaw) for rule in known.values() if rule.check for flaw in rule.check(context)]
    kept, mistaken = ignores.heed(found, ignores.read_ignores(context.migration.text), known)
    yield from kept
    yield from ((known[ignores.CODE], flaw) for flaw in mistaken)
