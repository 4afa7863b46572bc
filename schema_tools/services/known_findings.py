"""What a project has accepted, from its settings and its baseline, taken out of a result."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError, Unavailable
from schema_tools.history.command import command
from schema_tools.history.directory import shown
from schema_tools.known.baseline import read_notes
from schema_tools.known.note import Note
from schema_tools.known.sift import Accepted, sift
from schema_tools.services.validation_report import Result


def read_accepted(alias: str) -> Accepted:
    """Return what is accepted for a database.

    Raises ConfigurationError for wrong settings and a file that is no baseline, Unavailable for
    one that cannot be read.
    """
    settings = get_settings(alias)
    path = settings.baseline
    notes = read_baseline(path).get(alias, ())
    return Accepted(settings.ignore, notes, shown(path), rewrite_command(alias))


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
    """Return a result in which the accepted findings are apart."""
    sifted = sift(
        result.findings, accepted, today=datetime.now(UTC).date(), is_whole=result.is_whole
    )
    return replace(result, findings=sifted.shown, known=sifted.known)
