"""The baseline: the notes of known findings as a file, to be kept in version control."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from schema_tools.errors import ConfigurationError
from schema_tools.findings import Severity
from schema_tools.known.note import Note

FORMAT_VERSION = 1

_ABOUT = (
    "Known findings, written by: manage.py validate_schema --write-baseline. What you write under "
    "reason is kept."
)


def write_notes(by_alias: Mapping[str, Iterable[Note]]) -> bytes:
    """Return the file: the same bytes for the same notes, a line for each thing said."""
    written = {
        "about": _ABOUT,
        "format_version": FORMAT_VERSION,
        "databases": {
            alias: [_as_json(note) for note in sorted(notes, key=_order)]
            for alias, notes in sorted(by_alias.items())
        },
    }
    text = json.dumps(written, indent=2, ensure_ascii=False) + "\n"
    return text.encode(errors="backslashreplace")  # within a JSON string that is an escape


def _order(note: Note) -> tuple[str, ...]:
    return note.object, note.code, note.verdict, json.dumps(dict(note.values), sort_keys=True)


def _as_json(note: Note) -> dict[str, object]:
    return {
        "object": note.object,
        "code": note.code,
        "severity": note.severity.label,
        "verdict": note.verdict,
        "values": dict(note.values),
        "reason": note.reason,
    }


def read_notes(data: bytes, where: str) -> dict[str, tuple[Note, ...]]:
    """Return the notes of each alias; raises ConfigurationError for what is no baseline."""
    found = _parsed(data, where)
    if not isinstance(found, dict) or "format_version" not in found:
        raise _broken(where, "it is no baseline: it has no format_version")
    if found["format_version"] != FORMAT_VERSION:
        raise ConfigurationError(
            f"the baseline {where} has the format {found['format_version']!r}; this version of "
            f"schema_tools reads {FORMAT_VERSION}",
            hint="Use the version that wrote it, or delete the file and write it anew: "
            "manage.py validate_schema --write-baseline",
        )
    aliases = found.get("databases")
    if not isinstance(aliases, dict):
        raise _broken(where, "its databases are no object of {alias: [notes]}")
    return {alias: _notes(notes, alias, where) for alias, notes in aliases.items()}


_CONFLICT = re.compile(r"^(<{7}|={7}|>{7}|\|{7})( |$)", re.MULTILINE)


def _parsed(data: bytes, where: str) -> object:
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise _broken(where, "it is not UTF-8") from None
    marker = _CONFLICT.search(text)
    if marker:
        line = text.count("\n", 0, marker.start()) + 1
        raise ConfigurationError(
            f"the baseline {where}:{line} has the marks of a merge conflict",
            hint="Take the file of either branch, then write it anew: "
            "manage.py validate_schema --write-baseline",
        )
    try:
        found: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise _broken(f"{where}:{error.lineno}", f"it is no JSON: {error.msg}") from None
    except RecursionError:
        raise _broken(where, "it is no baseline: it is nested too deeply") from None
    return found


def _notes(given: object, alias: str, where: str) -> tuple[Note, ...]:
    if not isinstance(given, list):
        raise _broken(where, f"its notes on the database {alias!r} are no list")
    return tuple(
        _note(each, f"{where}, note {at} on the database {alias!r}")
        for at, each in enumerate(given, start=1)
    )


def _note(given: object, where: str) -> Note:
    if not isinstance(given, dict):
        raise _broken(where, "it is no object")
    unknown = sorted(given.keys() - _as_json(_EMPTY).keys())
    if unknown:
        raise _broken(where, f"it has an unknown key {unknown[0]!r}")
    values = given.get("values")
    if not isinstance(values, dict) or not all(
        each is None or isinstance(each, str) for each in values.values()
    ):
        raise _broken(where, "its values are no object of texts")
    texts = {key: given.get(key, "") for key in ("object", "code", "verdict", "reason")}
    for key, text in texts.items():
        if not isinstance(text, str):
            raise _broken(where, f"its {key} is {text!r}, not a text")
    label = given.get("severity")
    if label not in [severity.label for severity in Severity]:
        raise _broken(where, f"its severity is {label!r}")
    return Note(severity=Severity.from_label(str(label)), values=values, **texts)


_EMPTY = Note("", "", Severity.INFO, "")


def _broken(where: str, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"the baseline {where} cannot be used: {what}",
        hint="Mend it (version control has what was there), or delete the file and write it "
        "anew: manage.py validate_schema --write-baseline",
    )
