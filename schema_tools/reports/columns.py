"""A table of a report as lines of text, its columns one below the other."""

from __future__ import annotations

from schema_tools.findings import Table


def aligned(table: Table) -> list[str]:
    """Return the rows as lines, first that of the columns' names, if they have any."""
    rows = [table.columns, *table.rows] if any(table.columns) else list(table.rows)
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
