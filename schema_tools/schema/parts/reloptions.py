"""Storage parameters of tables and indexes, as the catalog keeps them: ``fillfactor=70``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schema_tools.schema.names import literal

# How pg_get_indexdef and pg_get_constraintdef print pg_class.reloptions of an index ``i``.
PRINTED = """(
       SELECT ' WITH (' || pg_catalog.string_agg(pg_catalog.quote_ident(o.option_name) || '='
                || CASE WHEN o.option_value = pg_catalog.quote_ident(o.option_value)
                        THEN o.option_value ELSE pg_catalog.quote_literal(o.option_value) END,
                ', ' ORDER BY o.place) || ')'
         FROM pg_catalog.pg_options_to_table(i.reloptions)
              WITH ORDINALITY AS o (option_name, option_value, place))"""


def with_clause(options: Iterable[str]) -> str:
    """Return the WITH clause of a new object with a blank before it, "" without any."""
    words = ", ".join(_assigned(options))
    return f" WITH ({words})" if words else ""


def altered(alter: str, before: Iterable[str], after: Iterable[str]) -> Iterator[str]:
    """Yield the statements that begin with ``alter`` and turn some parameters into others."""
    new = set(after) - set(before)
    if new:
        yield f"{alter} SET ({', '.join(_assigned(sorted(new)))})"
    gone = sorted(_names(before) - _names(after))
    if gone:
        yield f"{alter} RESET ({', '.join(gone)})"


def _assigned(options: Iterable[str]) -> Iterator[str]:
    for option in options:
        name, _equals, value = option.partition("=")
        yield f"{name} = {literal(value)}"


def _names(options: Iterable[str]) -> set[str]:
    return {option.partition("=")[0] for option in options}
