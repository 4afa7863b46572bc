"""What a finding is about, as a user writes it down to name it."""

from __future__ import annotations

from pathlib import PurePath

from schema_tools.findings import PLAIN, Finding
from schema_tools.keys import Key


def name_of(key: Key) -> str:
    """Return an object's full name, without its kind: ``public.users.email``."""
    return ".".join(part for part in key.path if part)


def names_of(finding: Finding) -> tuple[str, ...]:
    """Return all names under which an entry of IGNORE can mean what a finding is about.

    An object goes by its own name and by that of its table, and without the schema where that
    goes without saying; a finding about files goes by their paths and names.
    """
    key = finding.subject
    if key is None:
        paths = [place.path for place in finding.locations]
        return tuple(dict.fromkeys([*paths, *(PurePath(path).name for path in paths)]))
    paths = [part for part in (key.table, key.name) if part]
    dotted = list(dict.fromkeys([".".join(paths), paths[0]] if paths else []))
    full = [f"{key.schema}.{each}" for each in dotted if key.schema]
    return (*full, *(dotted if key.schema in PLAIN else ()))
