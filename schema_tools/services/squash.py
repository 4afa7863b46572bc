"""Write one file for all up to a version, once a replay has proven it equal to them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from schema_tools.conf import Settings, get_settings
from schema_tools.errors import ConfigurationError, DraftRefused, MigrationFileError
from schema_tools.findings import Finding, Location, Report, Severity
from schema_tools.history.command import command
from schema_tools.history.directory import Directory, read_directory, shown
from schema_tools.history.files import parse_migration
from schema_tools.history.fold import files_up_to
from schema_tools.history.migration import Migration
from schema_tools.history.squash import Joined, Way, join
from schema_tools.history.squashed import squashed_files
from schema_tools.history.transactions import transaction_problems
from schema_tools.postgres.scratch import open_scratch
from schema_tools.reports.difference import text as difference_text
from schema_tools.reports.words import counted
from schema_tools.services.keep_lock import check_settled, keep_lock
from schema_tools.services.live import history_tables
from schema_tools.services.new_file import Body, Header, NewFile, text_of, write
from schema_tools.services.schema_source import refuse_problems
from schema_tools.services.squash_proof import Made, cause, differences, does_not_run, made_by
from schema_tools.services.wanted import Wanted

_MOST_NAMED = 20
_PLAIN = re.compile(r"[\w./-]+")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A squashed file as it would be written, and as it is read again."""

    joined: Joined
    file: NewFile
    migration: Migration


@dataclass(frozen=True, slots=True)
class _Proof:
    """What came of replaying the files and a draft; it is right where nothing was found."""

    draft: _Draft
    files: Made
    findings: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    difference: str = ""


@dataclass(frozen=True, slots=True)
class _Work:
    """The files that are to become one, and the folder that they are in."""

    alias: str
    settings: Settings
    directory: Directory
    files: tuple[Migration, ...]
    now: datetime = field(default_factory=lambda: datetime.now(UTC).astimezone())

    @property
    def version(self) -> str:
        """Return the version of the file that is to be written."""
        return f"{self.files[-1].version.partition('_')[0]}_squashed"

    def draft(self, way: Way, irreversible: str = "") -> _Draft:
        """Return the files as one; raises DraftRefused where they cannot be joined."""
        settings = self.settings
        joined = join(
            self.files,
            way,
            statement_timeout=settings.statement_timeout,
            irreversible=irreversible,
        )
        up = joined.up if way is Way.SINGLY else f"\n{joined.up}\n"
        is_one = way is not Way.SINGLY
        body = Body(up, joined.down, is_one, joined.requires, joined.modes, joined.lines)
        first, last = self.files[0].version, self.files[-1].version
        folder = settings.migrations_dir
        text = text_of(
            self.version,
            body,
            Header(purpose=f"One file for {first} to {last}"),
            last="none",
            now=self.now,
            folder=folder,
        )
        file = NewFile(self.version, folder / f"{self.version}.sql", text)
        return _Draft(joined, file, _read_again(joined, file))

    @property
    def removable(self) -> tuple[str, ...]:
        """Return the paths of the files that the new one stands for."""
        within = {file.version for file in self.files}
        within = within.union(*(each.versions for each in squashed_files(self.files)))
        return tuple(each.path for each in self.directory.migrations if each.version in within)


def squash(alias: str, version: str, *, dry_run: bool = False) -> Report:
    """Write ``NNN_squashed.sql``, which stands for all files up to and with VERSION.

    A report that is not ok wrote nothing. Raises ConfigurationError, MigrationFileError and
    DraftRefused where there is nothing that could be written, and what opening a server raises.
    """
    settings = get_settings(alias)
    check_settled(settings.migrations_dir)
    directory = read_directory(settings.migrations_dir)
    refuse_problems(directory.problems)
    if not version:
        raise ConfigurationError("VERSION is empty", hint="Name the last file to be part of it.")
    work = _Work(alias, settings, directory, files_up_to(directory, version))
    if len(work.files) == 1:
        return _nothing(work)
    proof = _proven(work)
    if proof.findings:
        return _refused(proof, dry_run=dry_run)
    if not dry_run:
        write(proof.draft.file)
        keep_lock(settings.migrations_dir)
    return _written(work, proof, dry_run=dry_run)


def _read_again(joined: Joined, file: NewFile) -> Migration:
    """Return the draft as it will be read; raises DraftRefused where it says something else."""
    try:
        migration = parse_migration(file.path.name, file.text.encode(), shown(file.path))
    except MigrationFileError as error:
        raise DraftRefused(
            f"the files cannot be put into one that can be read: {error}", hint=error.hint
        ) from error
    if not joined.reads_as_written(migration):
        raise DraftRefused(
            "put together, the files read otherwise than one by one",
            hint="This is a fault of sqlmigrate_squash: please report it with the files.",
        )
    return migration


def _proven(work: _Work) -> _Proof:
    """Replay the files, and the one that stands for them, in one transaction where that works."""
    settings = work.settings
    wanted = Wanted(settings.schemas, passed_over=history_tables(settings))
    with open_scratch(work.alias, settings) as scratch:
        replayed = partial(made_by, work.alias, scratch, wanted)
        before = replayed(work.files)
        _check_ran(before)
        tried: list[tuple[_Draft, Finding]] = []
        for draft in _drafts(work):
            after = replayed([draft.migration], back=True)
            if after.failure is None:
                return _held(work, draft, before, after)
            tried.append((draft, after.failure))
    singly = len(tried) > 1 and tried[-1][0].joined.way is Way.SINGLY
    draft, failure = tried[0]
    return _Proof(draft, before, (does_not_run(failure, singly=singly),))


def _check_ran(files: Made) -> None:
    if files.failure is not None:
        raise DraftRefused(
            f"the files fail when they are run from empty: {cause(files.failure)}",
            where=", ".join(map(str, files.failure.locations)),
            hint="What cannot be replayed cannot be proven equal. Squash the files before it, or "
            "see what validate_schema says of it.",
        )


def _drafts(work: _Work) -> Iterator[_Draft]:
    """Yield what may be tried, the best first; raises DraftRefused where there is nothing."""
    is_first = True
    for way in Way:
        try:
            draft = work.draft(way)
        except DraftRefused:
            if is_first:
                raise
            return  # why the one before did not run says more
        if _may_run(draft):
            yield draft
            is_first = False


def _may_run(draft: _Draft) -> bool:
    """Return whether a draft may run on any server, as far as its text shows."""
    is_one = draft.joined.way is not Way.SINGLY
    return not (transaction_problems(draft.migration) or (is_one and draft.joined.uses_new_labels))


def _held(work: _Work, draft: _Draft, before: Made, after: Made) -> _Proof:
    """Return the proof of a draft that runs, without a rollback where that does not run."""
    difference, found = differences(before, after)
    notes: tuple[Finding, ...] = ()
    if after.back is not None:
        reason = f"its rollback does not run: {cause(after.back)}"
        draft = work.draft(draft.joined.way, reason)
        notes = (_no_way_back(draft, reason),)
    return _Proof(draft, before, found, notes, difference_text(difference) if difference else "")


def _no_way_back(draft: _Draft, reason: str) -> Finding:
    return Finding(
        "squash.no_rollback",
        Severity.INFO,
        f"the rollbacks of the files, joined in reverse order, are left out: {reason}",
        "Whoever has applied the files one by one can roll them back one by one.",
        locations=(Location(draft.migration.path),),
    )


def _nothing(work: _Work) -> Report:
    only = work.files[0].version
    inside = f", which stands for {counted(len(work.removable) - 1, 'file')}"
    is_squashed = "Squashes" in work.files[0].header and len(work.removable) > 1
    return Report(
        title="",
        summary=f"Nothing to squash: up to there is only {only}{inside if is_squashed else ''}.",
        facts={
            **dict.fromkeys(("version", "path", "text", "transactional")),
            "written": False,
            "may_go": [],
        },
    )


def _refused(proof: _Proof, *, dry_run: bool) -> Report:
    """Return what differs; the file itself for who wants to look at it."""
    draft = proof.draft
    return Report(
        title="",
        findings=proof.findings,
        summary="Nothing was written: "
        f"{counted(len(proof.findings), 'thing')} would not be as the files make it.",
        body="\n\n".join(filter(None, [draft.file.text if dry_run else "", proof.difference])),
        facts=_facts(draft),
        ok=False,
    )


def _written(work: _Work, proof: _Proof, *, dry_run: bool) -> Report:
    draft, path = proof.draft, shown(proof.draft.file.path)
    rows = sum(proof.files.rows.values())
    proven = (
        f"proven equal: {counted(len(proof.files.schema.objects), 'object')}, "
        f"{counted(rows, 'row')}"
    )
    stands = f"for {counted(len(work.files), 'file')} ({proven})"
    advice = (
        "Databases that have these files accept it without running it; new ones run it.\n"
        "Once every database that matters has all of them, they may go:\n"
        f"    {_removal(work, path)}\n"
        f"    {command('sqlmigrate_lint', '--fix', alias=work.alias)}\n"
    )
    return Report(
        title=f"-- would be written to {path} {stands}" if dry_run else "",
        findings=proof.notes,
        not_checked=proof.files.not_checked,
        summary="" if dry_run else f"Created {path} {stands}.",
        body=draft.file.text if dry_run else advice,
        facts=_facts(draft, written=not dry_run, may_go=work.removable),
    )


def _removal(work: _Work, path: str) -> str:
    """Return what removes the old files; the names of many are taken from the new one's header."""
    folder = path.rpartition("/")[0] or "."
    if len(work.removable) <= _MOST_NAMED or not _PLAIN.fullmatch(path):
        return shlex.join(["git", "rm", *work.removable])
    names = shlex.join(["sed", "-n", f"s|^-- Squashes: \\([^ ]*\\).*|{folder}/\\1|p", path])
    return f"{names} | xargs git rm --ignore-unmatch"


def _facts(
    draft: _Draft, *, written: bool = False, may_go: tuple[str, ...] = ()
) -> dict[str, object]:
    return {
        "version": draft.file.version,
        "path": shown(draft.file.path),
        "text": draft.file.text,
        "transactional": draft.joined.way is not Way.SINGLY,
        "written": written,
        "may_go": list(may_go),
    }
