"""What a project has accepted, from its settings and its baseline, taken out of a result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from schema_tools.conf import get_settings, nearest
from schema_tools.errors import ConfigurationError, Unavailable
from schema_tools.findings import Finding
from schema_tools.history.command import command
from schema_tools.history.directory import shown
from schema_tools.known.baseline import read_notes
from schema_tools.known.note import Note
from schema_tools.known.patterns import is_plain
from schema_tools.known.severities import Rule, with_severities
from schema_tools.known.sift import Accepted, Sifted, sift
from schema_tools.linter.rule import rules as lint_rules
from schema_tools.schema.kinds import kinds
from schema_tools.services.validation_report import Result

# The first words of codes of these two commands that are not a kind of object.
_OF_LINT = frozenset({"file", "lint"})
_FAMILIES = _OF_LINT | {"baseline", "history", "ignore"}
_OF_REPLAY = frozenset({"file.replay", "file.requires"})


def read_accepted(alias: str) -> Accepted:
    """Return what is accepted for a database.

    Raises ConfigurationError for wrong settings and a file that is no baseline, Unavailable for
    one that cannot be read.
    """
    settings = get_settings(alias)
    path = settings.baseline
    notes = read_baseline(path).get(alias, ())
    ignores = tuple(each for each in settings.ignore if not each.is_for_lint)
    return Accepted(ignores, notes, shown(path), rewrite_command(alias), rules_of(alias))


def sift_lint(alias: str, findings: Sequence[Finding], *, is_whole: bool) -> Sifted:
    """Part what lint has found by those entries of IGNORE that are for it.

    With ``is_whole`` entries that match nothing are told. Raises ConfigurationError for wrong
    settings.
    """
    ignores = tuple(each for each in get_settings(alias).ignore if each.is_for_lint)
    return _sifted(findings, Accepted(ignores, rules=rules_of(alias)), is_whole=is_whole)


def rules_of(alias: str) -> tuple[Rule, ...]:
    """Return how bad a project calls findings; raises ConfigurationError for the code of none.

    What ``*`` and ``?`` stand for is not looked at.
    """
    rules = get_settings(alias).rules
    for code in (each.code for each in rules):
        family = code.partition(".")[0]
        if not is_plain(family):
            continue
        known = {*kinds(), *_FAMILIES}
        if family in _OF_LINT and is_plain(code):
            family, known = code, {*lint_rules(), *_OF_REPLAY}
        if family not in known:
            raise ConfigurationError(
                f"SCHEMA_TOOLS['RULES'] names {code!r}, which is the code of no finding",
                hint=nearest(family, dict.fromkeys(known)),
            )
    return rules


def _sifted(findings: Sequence[Finding], accepted: Accepted, *, is_whole: bool) -> Sifted:
    sifted = sift(findings, accepted, today=datetime.now(UTC).date(), is_whole=is_whole)
    rules = accepted.rules
    return Sifted(with_severities(sifted.shown, rules), with_severities(sifted.known, rules))


def rewrite_command(alias: str) -> str:
    """Return what a user types to have the baseline written anew."""
    return command("validate_schema", "--write-baseline", alias=alias)


def read_baseline(path: Path) -> dict[str, tuple[Note, ...]]:
    """Return the notes of each alias; none where there is no file. Raises as read_accepted."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    except IsADirectoryError:
        raise ConfigurationError(
            f"the baseline {shown(path)} is a folder",
            hint="SCHEMA_TOOLS['BASELINE'] and --write-baseline name a file.",
        ) from None
    except OSError as error:
        raise Unavailable(
            f"the baseline {shown(path)} cannot be read: {error.strerror}",
            hint="May the user who runs this read it?",
        ) from None
    return read_notes(data, shown(path))


def without_known(result: Result, accepted: Accepted) -> Result:
    """Return a result in which the accepted findings are apart, all as bad as RULES say."""
    sifted = _sifted(result.findings, accepted, is_whole=result.is_whole)
    return replace(result, findings=sifted.shown, known=sifted.known)
