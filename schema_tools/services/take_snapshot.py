"""Write any schema down as a snapshot."""

from __future__ import annotations

from dataclasses import dataclass

from schema_tools.findings import Report
from schema_tools.reports.words import counted
from schema_tools.schema.snapshot import write_snapshot
from schema_tools.services.schema_source import read_sources
from schema_tools.services.schema_spec import parse_spec


@dataclass(frozen=True, slots=True)
class Taken:
    """The bytes of a snapshot, and what to say of it."""

    data: bytes
    report: Report


def take_snapshot(alias: str, spec: str) -> Taken:
    """Return the snapshot of a schema; raises what reading settings, files and servers raises."""
    (source,) = read_sources([parse_spec(spec, "--of")], alias)
    major = source.schema.server_version // 10000
    number = len(source.schema.objects)
    return Taken(
        write_snapshot(source.schema),
        Report(
            title=f"Snapshot of {source.name} (PostgreSQL {major})",
            summary=f"{counted(number, 'object')} written.",
            not_checked=source.not_checked,
            facts={
                "of": {"name": source.name, "server_version": major},
                "counts": {"objects_written": number},
            },
        ),
    )
