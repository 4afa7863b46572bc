"""Read migration files for hazards and house rules; no database is asked."""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings as django_settings
from django.db import DEFAULT_DB_ALIAS

from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError
from schema_tools.findings import Finding, NotChecked, Report, Severity
from schema_tools.history.command import command
from schema_tools.history.directory import Directory, read_directory, shown
from schema_tools.history.lock_file import LOCK_FILE
from schema_tools.known.sift import Sifted
from schema_tools.linter.manual import as_markdown, manual_of
from schema_tools.linter.review import review
from schema_tools.linter.rule import rules
from schema_tools.reports.formats.json import document
from schema_tools.reports.words import by_severity, counted
from schema_tools.services.folder import has_no_folder
from schema_tools.services.keep_lock import keep_lock, lock_trouble
from schema_tools.services.known_findings import sift_lint
from schema_tools.services.published import SqlChange, changes_against, published, stood_for
from schema_tools.services.validation_report import known_table, known_words

_LEFT_ALONE = "files whose name begins with _ or . are no migrations"
_UNREAD = "it cannot be read, so no other rule saw it, and nothing that it makes is counted"


@dataclass(frozen=True, slots=True)
class _Reading:
    """What came of one folder: the files looked at, as a user would type them."""

    files: tuple[str, ...]
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]


def lint(
    alias: str = DEFAULT_DB_ALIAS,
    paths: Sequence[Path] = (),
    *,
    fail_on: Severity | None = Severity.WARNING,
    fix: bool = False,
    against: str | None = None,
) -> Report:
    """Return the findings about files and folders; without any, about the migrations folder.

    A file is read together with those beside it, which may settle what it leaves open. With
    ``fix`` the lock files are written anew before. With ``against``, a commit by any name, only
    the files are looked at in which this branch differs from it, and those that it has edited or
    deleted are findings. Raises ConfigurationError for a path, a commit or an alias that is not
    there, or a file that cannot be opened, Unavailable for a lock file that cannot be written.
    """
    _check_alias(alias)
    folders = _by_folder(paths) if paths else _folder_of(alias)
    fixed = [shown(folder / LOCK_FILE) for folder in folders if fix and keep_lock(folder)]
    edited: list[Finding] = []
    if against is not None:
        for folder, asked in folders.items():
            changes = _among(changes_against(folder, against), asked)
            folders[folder] = {each.path for each in changes if each.staged is not None}
            edited += published(alias, changes, against, stood_for(folder))
    readings = [_read(folder, files) for folder, files in folders.items()]
    files = [file for reading in readings for file in reading.files]
    found = (*edited, *(finding for reading in readings for finding in reading.findings))
    sifted = sift_lint(alias, found, is_whole=against is None and not paths)
    findings = sifted.shown
    return Report(
        title="",
        findings=findings,
        not_checked=tuple(each for reading in readings for each in reading.not_checked),
        summary=_summary(alias, len(files), sifted, against),
        tables=known_table(sifted.known),
        body="".join(f"{path} written anew.\n" for path in fixed),
        facts={
            "files": files,
            "fixed": fixed,
            "counts": {"files_read": len(files), "known": len(sifted.known)},
            "known_findings": document(Report("", sifted.known))["findings"],
        },
        ok=fail_on is None or all(finding.severity < fail_on for finding in findings),
        known=sifted.known,
    )


def explain(code: str) -> Report:
    """Return the manual of a rule; raises ConfigurationError for a code that no rule has."""
    rule = rules().get(code)
    if rule is None:
        near = difflib.get_close_matches(code, rules(), n=1, cutoff=0.5)
        raise ConfigurationError(
            f"there is no rule {code!r}",
            hint=f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(rules()))}.",
        )
    if rule.manual is None:
        raise ConfigurationError(
            "Python has left the manuals out", hint="Run it without -OO and PYTHONOPTIMIZE=2."
        )
    manual = manual_of(rule)
    return Report(
        title="",
        body=as_markdown(rule),
        facts={
            "rule": {
                "code": rule.code,
                "severity": rule.severity.label,
                "title": manual.title,
                "what": manual.what,
                "why": manual.why,
                "example": manual.example,
                "instead": manual.instead,
            }
        },
    )


def _check_alias(alias: str) -> None:
    """Refuse a misspelt alias; the default one need not be there, for it is not connected to."""
    known = django_settings.DATABASES
    if alias != DEFAULT_DB_ALIAS and alias not in known:
        raise ConfigurationError(
            f"there is no database alias {alias!r} in DATABASES",
            hint=f"Known aliases: {', '.join(sorted(known)) or 'none'}.",
        )


def _folder_of(alias: str) -> dict[Path, set[str] | None]:
    """Return the project's folder; a project need not have one."""
    settings = get_settings(alias)
    return {} if has_no_folder(settings, alias) else {settings.migrations_dir: None}


def _by_folder(paths: Iterable[Path]) -> dict[Path, set[str] | None]:
    """Return the files to look at in each folder; None means all of them."""
    folders: dict[Path, set[str] | None] = {}
    for path in paths:
        whole = Path(os.path.normpath(Path.cwd() / path))
        if whole.is_dir():
            folders[whole] = None
            continue
        _check_file(whole)
        files = folders.setdefault(whole.parent, set())
        if files is not None:
            files.add(shown(whole))
    return folders


def _check_file(path: Path) -> None:
    try:
        path.stat()
        if path.suffix.lower() == ".sql":
            path.open("rb").close()
    except OSError as error:
        raise ConfigurationError(
            f"{shown(path)} cannot be read: {error.strerror}",
            hint="Name SQL files or folders of them; without any, the migrations folder is read.",
        ) from None
    if path.suffix.lower() != ".sql":
        raise ConfigurationError(
            f"{shown(path)} is no SQL file", hint="The name of a migration ends in .sql."
        )


def _read(folder: Path, asked: set[str] | None) -> _Reading:
    directory = read_directory(folder)
    unreadable = _unreadable(directory)
    there = {*unreadable, *(migration.path for migration in directory.migrations)}
    files = there if asked is None else there & asked
    left_alone = (asked or set()) - there
    return _Reading(
        files=tuple(sorted(files)),
        findings=review(directory, None if asked is None else files, beside=lock_trouble(folder)),
        not_checked=(
            *(NotChecked(path, _LEFT_ALONE) for path in sorted(left_alone)),
            *(NotChecked(path, _UNREAD) for path in sorted(unreadable)),
        ),
    )


def _among(changes: Iterable[SqlChange], asked: Collection[str] | None) -> list[SqlChange]:
    return [each for each in changes if asked is None or each.path in asked]


def _unreadable(directory: Directory) -> set[str]:
    return {
        location.path
        for problem in directory.problems
        if problem.code == "file.unreadable"
        for location in problem.locations
    }


def _summary(alias: str, files: int, sifted: Sifted, against: str | None) -> str:
    findings, known = sifted.shown, known_words(sifted.known)
    read = f"{counted(files, 'file')} read"
    if against is not None:
        read += f" that {'differs' if files == 1 else 'differ'} from {against}"
    if not findings and known:
        return f"{read}, nothing new: {known}."
    if not findings and files:
        return f"{read}, nothing found."
    if not findings and against is not None:
        return f"No SQL file differs from {against}."
    if not findings:
        create = command("sqlmigrate_create", "NAME", alias=alias)
        return f"There are no SQL files to read; {create} makes the first."
    number = f"{by_severity(findings)}{f' ({known})' if known else ''}"
    return f"{read}: {number}.{_manual_of(findings)}"


def _manual_of(findings: Sequence[Finding]) -> str:
    """Name the command that explains the worst finding of a rule."""
    explained = [finding for finding in findings if finding.code in rules()]
    if not explained:
        return ""
    worst = max(explained, key=lambda finding: finding.severity)
    return f" More about one: manage.py sqlmigrate_lint --explain {worst.code}"
