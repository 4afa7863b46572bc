"""Write the next migration file: from the template, or drafted from models or database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError, DraftRefused, MigrationFileError
from schema_tools.findings import Finding, Report, Severity
from schema_tools.history import problems as problem
from schema_tools.history.command import command
from schema_tools.history.directory import shown
from schema_tools.history.files import parse_migration
from schema_tools.history.migration import Migration
from schema_tools.services.draft import Ask, Drafted, draft, prove, required_by
from schema_tools.services.draft_text import body_of
from schema_tools.services.keep_lock import check_settled, keep_lock
from schema_tools.services.new_file import Body, Header, NewFile, new_files, snake_case, write

_UP_GUIDE = """
-- Write the change here. What cannot run in a transaction (CREATE INDEX CONCURRENTLY) goes into
-- a file of its own, without BEGIN; and COMMIT; and with `-- Transaction: off` in the header.
"""
_REFUSED = "error.draft_refused"  # as the error itself is reported
_DOWN_GUIDE = """\
-- To rollback this migration manually:
-- Write the statements that undo it, each line in a comment like this one.
"""


@dataclass(frozen=True, slots=True)
class CreateOptions:
    """What the command line may say; "" takes what git, the clock or the name say.

    ``source`` is ``models`` or ``database`` where the file is to be drafted from one of them, and
    ``ask`` puts a question to the user, where there is one.
    """

    purpose: str = ""
    author: str = ""
    empty: bool = False
    dry_run: bool = False
    source: str = ""
    ask: Ask | None = None


def create(
    alias: str,
    name: str,
    options: CreateOptions = CreateOptions(),
    *,
    now: datetime | None = None,
) -> Report:
    """Write ``NNN_name.sql`` into the migrations folder, which is made if it is not there.

    Raises ConfigurationError for a name that cannot be used, or a folder that takes no file or is
    in the middle of a merge, DraftRefused where no draft can be made or proven right.
    """
    now = now or datetime.now(UTC).astimezone()
    folder = get_settings(alias).migrations_dir
    check_settled(folder)
    header = Header(options.purpose, options.author)
    if options.source:
        return _drafted(alias, name, options, header, now)
    up, down = ("", "") if options.empty else (_UP_GUIDE, _DOWN_GUIDE)
    files = new_files(folder, [(name, Body(up, down))], header, now=now)
    next_step = f"write its SQL and its rollback, then {command('sqlmigrate_apply', alias=alias)}"
    report = _report(files, options, next_step)
    return replace(report, findings=(problem.empty_rollback(shown(files[0].path)),))


def _drafted(
    alias: str, name: str, options: CreateOptions, header: Header, now: datetime
) -> Report:
    folder = get_settings(alias).migrations_dir
    with ExitStack() as stack:
        stack.enter_context(_folder(folder))
        drafted = draft(alias, options.source, stack, ask=options.ask)
        if not drafted.stages:
            return Report(
                title="", summary=_nothing(alias, options.source), body=_lines(drafted.notes)
            )
        files = new_files(folder, _wanted(name, drafted), header, now=now)
        try:
            prove(drafted, _parsed(files), right=options.source)
        except DraftRefused as refused:
            if not options.dry_run:
                raise
            return _unproven(_report(files, options, ""), drafted, refused)
    report = _report(files, options, _next_step(alias, options.source, files, drafted))
    return replace(report, body=_below(report.body, drafted.notes))


def _parsed(files: tuple[NewFile, ...]) -> tuple[Migration, ...]:
    """Return the migrations that the files are; raises DraftRefused for what no file can hold."""
    try:
        return tuple(
            parse_migration(file.path.name, file.text.encode(), shown(file.path)) for file in files
        )
    except MigrationFileError as error:
        raise DraftRefused(
            f"no file can hold the draft: {error.message}",
            hint="Nothing was written. See the draft with --dry-run, and write the file by hand.",
        ) from None


def _wanted(name: str, drafted: Drafted) -> list[tuple[str, Body]]:
    requires = required_by(drafted)
    return [
        (
            f"{snake_case(name)}_{stage.suffix}" if stage.suffix else name,
            body_of(stage, requires),
        )
        for stage in drafted.stages
    ]


def _unproven(report: Report, drafted: Drafted, refused: DraftRefused) -> Report:
    """Return the draft for people to go on from, and why it was not proven."""
    finding = Finding(
        _REFUSED,
        Severity.CRITICAL,
        refused.message,
        "Take what is right of the draft above, and write the file by hand.",
    )
    return replace(
        report,
        title=report.title.replace("would be written to", "drafted, and not proven:"),
        body=_below(report.body, drafted.notes),
        findings=(finding,),
        ok=False,
    )


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """See that there is a folder for now; one without a file does not stay."""
    if folder.exists():
        yield
        return
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise ConfigurationError(
            f"the migrations folder {shown(folder)} cannot be made: {error.strerror}"
        ) from error
    try:
        yield
    finally:
        with suppress(OSError):
            folder.rmdir()


def _nothing(alias: str, source: str) -> str:
    return _NOTHING[source] if get_settings(alias).apps else _NO_APPS


_NO_APPS = (
    "Nothing to write: SQL files own no app here, as each app with models has Django migrations. "
    "Name the apps that they shall own in SCHEMA_TOOLS['APPS'], and take the migrations of these "
    "out of use: docs/adoption.md says how."
)
_NOTHING = {
    "models": "Nothing to write: the SQL files already say what the models say.",
    "database": "Nothing to write: the database has nothing that the SQL files do not say.",
}


def _next_step(alias: str, source: str, files: tuple[NewFile, ...], drafted: Drafted) -> str:
    """Return what to do with files that were drafted; what is recorded must follow the applied."""
    apply = command("sqlmigrate_apply", alias=alias)
    if source == "models":
        return f"read what was drafted, then {apply}"
    record = command("sqlmigrate_baseline", files[-1].version, alias=alias)
    waiting = [each.version for each in drafted.material.standings if each.applied is None]
    first = command("sqlmigrate_apply", waiting[-1], alias=alias) if waiting else ""
    before = f"once the files before it are applied ({first}), " if first else "so "
    return (
        f"read what was drafted. Here it is already done, {before}record it: {record}; "
        f"elsewhere: {apply}"
    )


def _lines(notes: tuple[str, ...]) -> str:
    return "".join(f"-- {note}\n" for note in notes)


def _below(body: str, notes: tuple[str, ...]) -> str:
    """Return the files with the notes below them, a line apart: they are in none of them."""
    return "\n".join(filter(None, (body, _lines(notes))))


def _report(files: tuple[NewFile, ...], options: CreateOptions, next_step: str) -> Report:
    paths = ", ".join(shown(file.path) for file in files)
    if not options.dry_run:
        for file in files:
            write(file)
        keep_lock(files[0].path.parent)
    first = files[0]
    return Report(
        title=f"-- would be written to {paths}" if options.dry_run else "",
        summary="" if options.dry_run else f"Created {paths}. Next: {next_step}",
        body="\n\n".join(file.text for file in files) if options.dry_run else "",
        facts={
            "version": first.version,
            "path": shown(first.path),
            "text": first.text,
            "files": [
                {"version": file.version, "path": shown(file.path), "text": file.text}
                for file in files
            ],
            "written": not options.dry_run,
        },
    )
