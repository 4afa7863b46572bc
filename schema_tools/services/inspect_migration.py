"""Everything that is known of one migration: its file, its row, what was applied."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import PurePath

from schema_tools.errors import ConfigurationError
from schema_tools.findings import Finding
from schema_tools.history.standing import Standing, State
from schema_tools.history.standing import status as standings_of
from schema_tools.services.overview import ANSWER_SECONDS
from schema_tools.services.read_history import read_history
from schema_tools.services.status import history_findings
from schema_tools.services.target import open_target


@dataclass(frozen=True, slots=True)
class Inspection:
    """A migration with its problems; ``applied_text`` is None where nobody has kept it."""

    standing: Standing
    findings: tuple[Finding, ...] = ()
    applied_text: str | None = None

    @property
    def text(self) -> str | None:
        """Return the file's text, or what was applied where there is no usable file."""
        return self.standing.migration.text if self.standing.migration else self.applied_text

    @property
    def changes(self) -> tuple[str, ...]:
        """Return what was changed in the file since it was applied, as lines of a diff."""
        if self.standing.state is not State.CHANGED or self.applied_text is None:
            return ()
        after = self.standing.migration.text if self.standing.migration else ""
        lines = difflib.unified_diff(
            self.applied_text.splitlines(), after.splitlines(), "applied", "file", lineterm=""
        )
        return tuple(lines)


def inspect_migration(alias: str, version: str) -> Inspection:
    """Return what is known of a version.

    Raises ConfigurationError where neither a file nor the history knows it, and what opening a
    target raises.
    """
    with open_target(alias, seconds=ANSWER_SECONDS) as target:
        standings = standings_of(target.directory, read_history(target))
        standing = next((each for each in standings if each.version == version), None)
        if standing is None:
            raise ConfigurationError(f"there is no migration {version!r}")
        row = standing.applied
        return Inspection(
            standing,
            (
                *(each for each in target.directory.problems if _is_about(each, version)),
                *history_findings(_with_the_applied(standing, standings), alias),
            ),
            target.ledger.text_of(target.connection, row) if row else None,
        )


def _is_about(finding: Finding, version: str) -> bool:
    return any(PurePath(place.path).name == f"{version}.sql" for place in finding.locations)


def _with_the_applied(standing: Standing, standings: tuple[Standing, ...]) -> tuple[Standing, ...]:
    """Return it with those that are in order, which say what the highest number is."""
    applied = (each for each in standings if each.state is State.APPLIED and each != standing)
    return (standing, *applied)
