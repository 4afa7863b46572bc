"""Options of foreign data wrappers, servers, tables, columns and user mappings.

A value that may be a secret is never read: the server itself puts ``HIDDEN`` in its place.
"""

from __future__ import annotations

from collections.abc import Iterable

from schema_tools.schema.names import literal, quoted

HIDDEN = "(hidden)"
_OPTIONS = """(
       SELECT pg_catalog.array_agg(o.option_name || '=' ||
                CASE WHEN o.option_name ~* '(pass|secret|token|credential|(^|_)key($|_))'
                     THEN '(hidden)' ELSE o.option_value END ORDER BY o.option_name)
         FROM pg_catalog.pg_options_to_table({column}) o)"""


def options_sql(column: str) -> str:
    """Return SQL for a catalog column of options: an array of texts ``name=value``, or NULL."""
    return _OPTIONS.replace("{column}", column)


def created(options: Iterable[str]) -> str:
    """Return the OPTIONS clause of a new object with a blank before it, "" without any."""
    known = _known(options)
    if not known:
        return ""
    return f" OPTIONS ({', '.join(f'{quoted(key)} {literal(known[key])}' for key in known)})"


def altered(before: Iterable[str], after: Iterable[str]) -> str:
    """Return the OPTIONS clause that turns some options into others, "" where none does."""
    old, new = _pairs(before), _pairs(after)
    changed = {key: value for key, value in _known(after).items() if old.get(key) != value}
    words = [f"DROP {quoted(key)}" for key in old if key not in new]
    words += [
        f"{'SET' if key in old else 'ADD'} {quoted(key)} {literal(value)}"
        for key, value in changed.items()
    ]
    return f" OPTIONS ({', '.join(words)})" if words else ""


def caution(before: Iterable[str], after: Iterable[str]) -> str:
    """Return what to do by hand about values that are hidden, "" where nothing is to be done."""
    old, new = _pairs(before), _pairs(after)
    unknown = [key for key, value in new.items() if value == HIDDEN and key not in old]
    if not unknown:
        return ""
    return f"Set by hand what is not read, since it may be a secret: {', '.join(unknown)}."


def _pairs(options: Iterable[str]) -> dict[str, str]:
    parted = (each.partition("=") for each in options)
    return {key: value for key, _equals, value in parted}


def _known(options: Iterable[str]) -> dict[str, str]:
    return {key: value for key, value in _pairs(options).items() if value != HIDDEN}
