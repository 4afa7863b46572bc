"""Say why a file cannot be rolled back, and what to do instead."""

from __future__ import annotations

from schema_tools.findings import Finding
from schema_tools.history.command import command
from schema_tools.history.header import header_line
from schema_tools.history.migration import LostHeading, Migration
from schema_tools.history.problems import problem


def irreversible(migration: Migration, reason: str | None, alias: str) -> Finding:
    """Return the finding; ``reason`` is what the header says, None where it says nothing."""
    if reason is None and migration.lost_heading:
        return _lost_rollback(migration, migration.lost_heading, alias)
    why = f": {reason}" if reason else ""
    said = "its header calls it irreversible" if reason is not None else "it has no rollback part"
    return problem(
        "irreversible",
        f"it cannot be rolled back, {said}{why}",
        path=migration.path,
        line=header_line(migration.text, "Irreversible"),
        hint="Undo it with a new migration. The file itself must stay as it was applied.",
    )


def _lost_rollback(migration: Migration, lost: LostHeading, alias: str) -> Finding:
    """Say that a file was applied whose rollback part begins where no part can."""
    accept = command("sqlmigrate_resolve", migration.version, "--accept-checksum", alias=alias)
    return problem(
        "irreversible",
        f"it cannot be rolled back, its rollback part stands {lost.place}",
        path=migration.path,
        line=lost.line,
        hint=f"{lost.mending}, which changes nothing of what was applied, then run: {accept}",
    )
