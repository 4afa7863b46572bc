"""What can speak against a plan: one function for each, with the next step to take."""

from __future__ import annotations

from schema_tools.findings import Finding, Location, Severity
from schema_tools.history.command import command
from schema_tools.history.header import header_line
from schema_tools.history.migration import Migration, Statement
from schema_tools.history.record import Unfinished


def problem(code: str, message: str, *, hint: str, path: str = "", line: int = 0) -> Finding:
    """Return a finding about files and history; each of them stops a plan."""
    locations = (Location(path, line),) if path else ()
    return Finding(f"history.{code}", Severity.CRITICAL, message, hint, locations=locations)


def changed(migration: Migration) -> Finding:
    """Say that an applied file is no longer the text that was applied."""
    return problem(
        "changed",
        "the file was changed after it had been applied (its checksum differs)",
        path=migration.path,
        hint="Put the applied text back (version control has it) and write the change as a new "
        f"migration. To see the change, and whether it makes one: {_resolve(migration.version)}.",
    )


def missing(version: str) -> Finding:
    """Say that an applied version has no file."""
    return problem(
        "missing",
        f"{version} is applied in the database, but its file is not there",
        hint=f"Get {version}.sql back from version control; was it renamed or is it on another "
        f"branch? What was applied, as far as it is known, shows {_resolve(version)}.",
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
        hint=f"Run first: {command('migrate', app, django_name, alias=alias)}",
    )


def not_applied(version: str) -> Finding:
    """Say that a rollback cannot stop at a version that is not applied."""
    return problem(
        "not_applied",
        f"{version} is not applied, so nothing can be rolled back to it",
        hint="Name an applied version, or zero for none; sqlmigrate_status lists them.",
    )


def irreversible(migration: Migration, reason: str | None) -> Finding:
    """Say that a file cannot be rolled back."""
    why = f": {reason}" if reason else ""
    said = "its header calls it irreversible" if reason is not None else "it has no rollback part"
    return problem(
        "irreversible",
        f"it cannot be rolled back, {said}{why}",
        path=migration.path,
        line=header_line(migration.text, "Irreversible"),
        hint="Undo it with a new migration. The file itself must stay as it was applied.",
    )


def done_part_changed(migration: Migration, run: Unfinished) -> Finding:
    """Say that a half-applied file was changed where it had taken effect already."""
    return problem(
        "resume",
        f"an earlier run stopped after statement {run.done} of {run.total}, and what it had done "
        "by then no longer stands like that in the file",
        path=migration.path,
        hint="Put these statements back as they were (change only what failed and what follows), "
        "then run the same command again. To see them, and how much is in the database: "
        f"{_resolve(run.version)}.",
    )


def unknown_effect(migration: Migration, statement: Statement, run: Unfinished) -> Finding:
    """Say that a run was killed in a statement of which nobody knows whether it took effect."""
    return problem(
        "resume",
        f"an earlier run was killed while statement {run.running} of {run.total} "
        f"({statement.verb}) ran; whether it took effect is not known",
        path=migration.path,
        line=statement.line,
        hint=f"Look how far it has come, and settle it: {_resolve(run.version)}.",
    )


def fake_half_done(migration: Migration, run: Unfinished) -> Finding:
    """Warn that a file would be recorded as applied of which a part has not run."""
    ran = f"{run.done} of {run.total} statements"
    return Finding(
        "history.fake_half_done",
        Severity.WARNING,
        f"an earlier run completed {ran} of it and stopped in statement {run.running}; recorded "
        "as applied, the rest never runs and where it stopped is forgotten",
        hint="Record it only if you have done the rest by hand, which "
        f"{_resolve(run.version)} can tell; else sqlmigrate_apply without --fake goes on.",
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


def half_done(run: Unfinished) -> Finding:
    """Say that an earlier run stopped half-way, or before anything took effect."""
    was, command = ("rollback", "rollback") if run.direction == "down" else ("run", "apply")
    where = f"statement {run.running} of {run.total}"
    these = "statement 1 has" if run.done == 1 else f"statements 1 to {run.done} have"
    left = f"{these} taken effect" if run.done else "nothing is left of it"
    how = f"failed at {where} ({run.error})" if run.error else f"was killed in {where}"
    return problem(
        "half_done",
        f"the last {was} of {run.version} {how}; {left}",
        hint=f"Mend the cause, then run sqlmigrate_{command}"
        + (": it goes on at that statement. " if run.done else ". ")
        + f"How much is in the database says {_resolve(run.version)}.",
    )


def _resolve(version: str) -> str:
    return f"sqlmigrate_resolve {version}"
