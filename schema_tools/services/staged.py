"""Look at what a commit would make of a project: its SQL files, and the models beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import psycopg

from schema_tools.conf import Settings, get_settings
from schema_tools.errors import SchemaToolsError
from schema_tools.findings import Finding, Location, NotChecked, Report, Severity
from schema_tools.history.command import command
from schema_tools.history.standing import State
from schema_tools.history.standing import status as standings_of
from schema_tools.reports.words import counted
from schema_tools.services.folder import has_no_folder
from schema_tools.services.left_out import OF_A_DATABASE
from schema_tools.services.lint import lint
from schema_tools.services.published import SqlChange, published, stood_for
from schema_tools.services.question import MIGRATIONS, MODELS, Question
from schema_tools.services.status import history_findings
from schema_tools.services.target import open_target
from schema_tools.services.validate import validate

_SECONDS = 2.0  # to wait for the database: nobody waits long for a commit
_BEFORE_A_MIGRATION = frozenset({"migration_missing", "model_differs"})
# A file that is to come back as it was: until then, what it makes is missing.
_TO_BE_PUT_BACK = frozenset({"history.published", "history.missing", "history.changed"})
# Entries of no use any more are no matter of one commit.
_OF_SETTINGS = "ignore."
# What no commit is looked at for: it goes without saying.
_UNASKED = frozenset({"left out as asked", OF_A_DATABASE})
_APPLIED = "whether the files are applied in the database"


def review(
    alias: str, changes: Sequence[SqlChange], *, main: str, whole: bool, unreachable: str = ""
) -> Report:
    """Return the report on a project as it is staged; the current folder is its checkout.

    ``main`` is the main branch, for its name. With ``whole`` lint reads all files with the same
    eye, else those that are changed. ``unreachable`` says why the database is not to be asked, ""
    where it can be. Raises what reading settings, files and scratch servers raises.
    """
    settings = get_settings(alias)
    no_files = has_no_folder(settings, alias)
    squashed = frozenset[str]() if no_files else stood_for(settings.migrations_dir)
    found = list(published(alias, changes, main, squashed))
    notes: list[NotChecked] = []
    if changes and unreachable:
        notes.append(NotChecked(_APPLIED, unreachable))
    elif changes:
        try:
            found += _applied(alias, changes)
        except (SchemaToolsError, psycopg.Error) as error:  # another tool's history, no right …
            notes.append(NotChecked(_APPLIED, str(error).strip().partition("\n")[0]))
    if not no_files:
        paths = None if whole else {change.path for change in changes}
        found += _linted(alias, paths, settings)
        compared = validate(Question(alias, frozenset({MODELS, MIGRATIONS})))
        found += compared.findings
        notes += _worth_saying(compared)
    findings = tuple(_without_repetition(found))
    counting = tuple(each for each in findings if _counts(each, settings.fail_on))
    return Report(
        title="",
        findings=counting,
        not_checked=tuple(notes),
        summary=_summary(changes, counting, besides=len(findings) - len(counting)),
        facts={"next_command": missing_migration(alias, counting)},
        ok=settings.fail_on is None or not counting,
    )


def _counts(finding: Finding, threshold: Severity | None) -> bool:
    """Return whether to show a finding: what stops no commit is not worth a look before each."""
    return threshold is None or finding.severity >= threshold


def missing_migration(alias: str, findings: Iterable[Finding]) -> str:
    """Return the command that drafts the migration which the models ask for, "" for none."""
    found = tuple(findings)
    asked = [each for each in found if each.verdict in _BEFORE_A_MIGRATION]
    if not asked or any(each.code in _TO_BE_PUT_BACK for each in found):
        return ""
    return command("sqlmigrate_create", name_for(asked), "--from-models", alias=alias)


def name_for(findings: Sequence[Finding]) -> str:
    """Return a name for the migration that settles findings: what comes to which table."""
    keys = [each.subject for each in findings if each.subject]
    tables = list(dict.fromkeys(key.table or key.name for key in keys))
    if len(tables) != 1:
        return "FollowModels"
    table = _camel_case(tables[0])
    if any(each.code == "table.missing" for each in findings):
        return f"Create{table}"
    if len(keys) == 1 and findings[0].code == "column.missing":
        return f"Add{_camel_case(keys[0].name)}To{table}"
    return f"Change{table}"


def _camel_case(name: str) -> str:
    words = "".join(each if each.isascii() and each.isalnum() else " " for each in name).split()
    return "".join(word[:1].upper() + word[1:] for word in words)


def _applied(alias: str, changes: Iterable[SqlChange]) -> list[Finding]:
    """Return the changes of files that the database has applied."""
    versions = {change.version for change in changes}
    files = not has_no_folder(get_settings(alias), alias)
    with open_target(alias, files=files, seconds=_SECONDS, purpose="git hook") as target:
        standings = standings_of(target.directory, target.ledger.read(target.connection))
    harmed = (
        each
        for each in standings
        if each.version in versions and each.state in {State.CHANGED, State.MISSING}
    )
    return history_findings(harmed, alias)


def _linted(alias: str, paths: set[str] | None, settings: Settings) -> Iterator[Finding]:
    """Yield what lint finds in the files of a commit, in the lock file, and what is critical."""
    for finding in lint(alias, fail_on=settings.fail_on).findings:
        if finding.code.startswith(_OF_SETTINGS):
            continue
        places = {location.path for location in finding.locations}
        of_others = paths is not None and places and not places & paths
        of_others = of_others and all(map(_is_sql, places))
        if finding.severity is Severity.CRITICAL or not of_others:
            yield finding


def _is_sql(path: str) -> bool:
    return path.endswith(".sql")


def _without_repetition(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield each finding about a file once: lint and comparison both read the folder."""
    seen: set[tuple[str, tuple[Location, ...], str]] = set()
    for finding in findings:
        key = (finding.code, finding.locations, finding.message)
        if key not in seen:
            seen.add(key)
            yield finding


def _worth_saying(compared: Report) -> Iterator[NotChecked]:
    """Yield what could not be compared; of models only where the files before them were run."""
    failed = any(each.code.startswith("file.") for each in compared.findings)
    for each in compared.not_checked:
        if each.reason not in _UNASKED and not (failed and each.what.startswith("model ")):
            yield each


def _summary(changes: Sequence[SqlChange], findings: Sequence[Finding], *, besides: int) -> str:
    looked = f"{counted(len(changes), 'SQL file')} changed" if changes else "no SQL file changed"
    more = f"; {counted(besides, 'note')} besides, which sqlmigrate_lint shows" if besides else ""
    if not findings:
        return f"What is staged is in order: {looked}, models and SQL files agree{more}."
    return f"{counted(len(findings), 'finding')} in what is staged: {looked}{more}."
