"""What can speak against a plan: one function for each, with the next step to take."""

from __future__ import annotations

from collections.abc import Sequence

from schema_tools.findings import Finding, Location, Severity
from schema_tools.history.command import command
from schema_tools.history.header import header_line
from schema_tools.history.migration import Migration, Statement
from schema_tools.history.record import Unfinished

_MOST_NAMED = 3


def problem(code: str, message: str, *, hint: str, path: str = "", line: int = 0) -> Finding:
    """Return a finding about files and history; each of them stops a plan."""
    locations = (Location(path, line),) if path else ()
    return Finding(f"history.{code}", Severity.CRITICAL, message, hint, locations=locations)


def changed(migration: Migration, alias: str) -> Finding:
    """Say that an applied file is no longer the text that was applied."""
    return problem(
        "changed",
        "the file was changed after it had been applied (its checksum differs)",
        path=migration.path,
        hint="Put the applied text back (version control has it) and write the change as a new "
        "migration. To see the change, and whether it makes one: "
        f"{_resolve(migration.version, alias)}",
    )


def missing(version: str, alias: str) -> Finding:
    """Say that an applied version has no file."""
    return problem(
        "missing",
        f"{version} is applied in the database, but its file is not there",
        hint=f"Get {version}.sql back from version control; was it renamed, is it on another "
        "branch, or is this checkout older than the database? To see what was applied, as far as "
        f"it is known: {_resolve(version, alias)}",
    )


def out_of_order(migration: Migration, highest: str) -> Finding:
    """Say that a pending file has a number below one that is applied."""
    return problem(
        "out_of_order",
        f"it is pending, though {highest} with a higher number is applied already",
        path=migration.path,
        hint="Give the file the next number, or apply it all the same with --allow-out-of-order.",
    )


def unmet_dependency(migration: Migration, name: str, *, known: bool) -> Finding:
    """Say that a file depends on another that is not applied when its turn comes."""
    what = "is not applied before it" if known else "is no file of this folder and not applied"
    return problem(
        "dependency",
        f"it depends on {name}, which {what}",
        path=migration.path,
        line=header_line(migration.text, "Dependencies"),
        hint="Correct the Dependencies: line of its header, or the order of the files.",
    )


def unmet_requirement(migration: Migration, name: str, *, alias: str) -> Finding:
    """Say that a Django migration must be applied first."""
    app, _dot, django_name = name.partition(".")
    return problem(
        "requires",
        f"it requires Django's migration {name}, which is not applied",
        path=migration.path,
        line=header_line(migration.text, "Requires"),
        hint=f"Run first: {command('migrate', app, django_name, alias=alias)}; or let both run in "
        f"their order: {command('sqlmigrate_apply', '--with-django', alias=alias)}",
    )


def unknown_requirement(migration: Migration, name: str) -> Finding:
    """Say that Django has no migration of a name that a file requires."""
    return problem(
        "requires",
        f"it requires Django's migration {name}, and Django knows none of that name",
        path=migration.path,
        line=header_line(migration.text, "Requires"),
        hint="Write its app label and name; manage.py showmigrations lists them.",
    )


def not_applied(version: str, alias: str) -> Finding:
    """Say that a rollback cannot stop at a version that is not applied."""
    return problem(
        "not_applied",
        f"{version} is not applied, so nothing can be rolled back to it",
        hint="Name an applied version, or zero for none. To see which there are: "
        f"{command('sqlmigrate_status', alias=alias)}",
    )


def squashed_in_part(file: Migration, applied: int, total: int, lacking: Sequence[str]) -> Finding:
    """Say that a database has a part of what a squashed file stands for, and files are gone."""
    return problem(
        "squashed_in_part",
        f"it stands for {total} files, of which the database has {applied}; it goes on only file "
        f"by file, and these are gone: {_some(lacking)}",
        path=file.path,
        hint=f"Take them back from version control ({_found_by(lacking[0])}), apply them to this "
        "database with manage.py sqlmigrate_apply, and remove them again once every database has "
        "them.",
    )


def squashed_otherwise(file: Migration, version: str) -> Finding:
    """Say that what was applied of a member is not what a squashed file has of it."""
    return problem(
        "squashed_otherwise",
        f"it stands for {version}, but what the database has of that is another text (its "
        "checksum differs)",
        path=file.path,
        line=header_line(file.text, "Squashes"),
        hint="Look in this database what was applied, with manage.py sqlmigrate_resolve "
        f"{version}; if that is right, take the files back from version control with this text, "
        "remove the squashed file, and write it anew with manage.py sqlmigrate_squash.",
    )


def rollback_of_squashed(file: Migration, stands_for: Sequence[str]) -> Finding:
    """Say that files which were applied one by one are not undone as one."""
    return problem(
        "squashed",
        f"it was applied here as {len(stands_for)} files, {_some(stands_for)}, and is rolled back "
        "as these",
        path=file.path,
        hint=f"Take the files back from version control ({_found_by(stands_for[-1])}), and run "
        "the same command again.",
    )


def may_go(file: Migration, total: int) -> Finding:
    """Tell that what a squashed file stands for is applied, so that it could take its place."""
    return Finding(
        "history.may_go",
        Severity.INFO,
        f"it stands for {total} files that this database has: as far as it is concerned, their "
        "files may go",
        hint="Remove them once every database that matters says so.",
        locations=(Location(file.path),),
    )


def _some(versions: Sequence[str]) -> str:
    """Return a few versions by name, more by the first and the last."""
    if len(versions) <= _MOST_NAMED:
        return ", ".join(versions)
    return f"{versions[0]} to {versions[-1]}"


def _found_by(version: str) -> str:
    return f"the commit that has removed them: git log --diff-filter=D -1 -- '*/{version}.sql'"


def done_part_changed(migration: Migration, run: Unfinished, alias: str) -> Finding:
    """Say that a half-applied file was changed where it had taken effect already."""
    return problem(
        "resume",
        f"an earlier run stopped after statement {run.done} of {run.total}, and what it had done "
        "by then no longer stands like that in the file",
        path=migration.path,
        hint="Put these statements back as they were (change only what failed and what follows), "
        "then run the same command again. To see them, and how much is in the database: "
        f"{_resolve(run.version, alias)}",
    )


def unknown_effect(
    migration: Migration, statement: Statement, run: Unfinished, alias: str
) -> Finding:
    """Say that a run was killed in a statement of which nobody knows whether it took effect."""
    return problem(
        "resume",
        f"an earlier run was killed while statement {run.running} of {run.total} "
        f"({statement.verb}) ran; whether it took effect is not known",
        path=migration.path,
        line=statement.line,
        hint=f"Look how far it has come, and settle it: {_resolve(run.version, alias)}",
    )


def session_lost(
    migration: Migration, code: Statement, following: Statement, alias: str
) -> Finding:
    """Say that done code has set for its session what nobody can set again for the next."""
    return problem(
        "resume",
        f"an earlier run stopped before line {following.line}, and what the {code.verb} in line "
        f"{code.line} had set for its session has ended with that",
        path=migration.path,
        line=code.line,
        hint=f"Write it as SET statements right before line {following.line}, and run the same "
        "command again. Where that statement was cut short, or this is a rollback, do the rest by "
        f"hand instead, and settle it: {_resolve(migration.version, alias)}",
    )


def fake_half_done(migration: Migration, run: Unfinished) -> Finding:
    """Warn that a file would be recorded as applied of which a part has not run."""
    ran = f"{run.done} of {run.total} statements"
    return Finding(
        "history.fake_half_done",
        Severity.WARNING,
        f"an earlier run completed {ran} of it and stopped in statement {run.running}; recorded "
        "as applied, the rest never runs and where it stopped is forgotten",
        hint="Record it only if you have done the rest by hand, which manage.py "
        f"sqlmigrate_resolve {run.version} on this database can tell; without --fake the run goes "
        "on.",
        locations=(Location(migration.path),),
    )


def empty_rollback(path: str) -> Finding:
    """Tell that the rollback of a new file is still to be written."""
    return Finding(
        "history.no_rollback",
        Severity.INFO,
        "its rollback part is still empty: without one it cannot be rolled back once applied",
        hint="Write the statements that undo it under its last heading, each line in a comment.",
        locations=(Location(path),),
    )


def no_rollback(path: str) -> Finding:
    """Tell that a file that is not yet applied could not be rolled back."""
    return Finding(
        "history.no_rollback",
        Severity.INFO,
        "it has no rollback part: once applied it cannot be rolled back",
        hint="Write one under a heading `-- ROLLBACK MIGRATION (DOWN)`, or give the reason in "
        "the header: `-- Irreversible: why`.",
        locations=(Location(path),),
    )


def half_done(run: Unfinished, alias: str, *, is_gone: bool = False) -> Finding:
    """Say that an earlier run stopped half-way, or before anything took effect."""
    was, name = ("rollback", "rollback") if run.direction == "down" else ("run", "apply")
    these = "statement 1 has" if run.done == 1 else f"statements 1 to {run.done} have"
    left = f"{these} taken effect" if run.done else "nothing is left of it"
    at, within = ("at ", "in ") if run.running else ("", "")
    how = (
        f"failed {at}{run.place} ({run.error})" if run.error else f"was killed {within}{run.place}"
    )
    again = command(f"sqlmigrate_{name}", alias=alias)
    again += " (it goes on at that statement)." if run.done else "."
    message = f"the last {was} of {run.version} {how}; {left}"
    if is_gone:
        mend = "Mend the cause in it, then run: " if run.error else "Then run: "
        return problem(
            "half_done",
            f"{message}; its file is not there",
            hint=f"Put {run.version}.sql back under that name (was it renamed, or is it on "
            f"another branch?). {mend}{again} If it is not to come back, see what can be settled "
            f"first: {_resolve(run.version, alias)}",
        )
    return problem(
        "half_done",
        message,
        hint=("Mend the cause, then run: " if run.error else "Run: ")
        + f"{again} How much is in the database: {_resolve(run.version, alias)}",
    )


def _resolve(version: str, alias: str) -> str:
    return command("sqlmigrate_resolve", version, alias=alias)
