"""How a new sequence goes on behind the numbers that a column has already."""

from __future__ import annotations

from schema_tools.schema.names import literal, qualified, quoted


def is_next_number(default: str | None) -> bool:
    """Return whether a default, as the server prints it, takes a sequence's next value."""
    return default is not None and default.startswith("nextval(")


def counted_on(
    sequence: str, schema: str, table: str, column: str, *, start: int, descends: bool
) -> str:
    """Return the statement after which a sequence gives no number that a row has.

    ``sequence`` is SQL that gives its name as text. Without rows, or where none has come as far as
    ``start``, nothing is changed.
    """
    last, beyond = ("min", "<=") if descends else ("max", ">=")
    name = quoted(column)
    counted = f"pg_catalog.setval({sequence}, pg_catalog.{last}({name}))"
    having = f"HAVING pg_catalog.{last}({name}) {beyond} {start}"
    return " ".join(("SELECT", counted, "FROM", qualified(schema, table), having))


def owned_sequence(schema: str, table: str, column: str) -> str:
    """Return SQL for the name of the sequence that goes with a column, as text."""
    return (
        f"pg_catalog.pg_get_serial_sequence({literal(qualified(schema, table))}, "
        f"{literal(column)})"
    )
