"""What files make in a scratch database, rows included, and where two ways to make it differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from schema_tools.findings import Finding, NotChecked, Severity
from schema_tools.history.migration import Migration
from schema_tools.history.passwords import without_passwords
from schema_tools.postgres.introspect import made_schemas
from schema_tools.postgres.replay_failure import FROM_EMPTY
from schema_tools.postgres.row_totals import row_totals
from schema_tools.postgres.scratch import Scratch
from schema_tools.reports.words import counted
from schema_tools.schema.difference import Difference, difference
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import Schema
from schema_tools.services.requirements import Requirements
from schema_tools.services.wanted import Wanted

_BY_HAND = (
    "Squash fewer files: name the last one before the statement that does not go together with "
    "the others. --dry-run shows the whole file."
)


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a replay; ``failure`` is what ended it, ``back`` what ended its rollback."""

    schema: Schema = field(default_factory=Schema)
    rows: Mapping[tuple[str, str], int] = field(default_factory=dict)
    not_checked: tuple[NotChecked, ...] = ()
    failure: Finding | None = None
    back: Finding | None = None


def made_by(
    alias: str, scratch: Scratch, wanted: Wanted, files: Sequence[Migration], *, back: bool = False
) -> Made:
    """Run files in a scratch database of their own; with ``back`` their rollbacks after that."""
    database = scratch.create()
    with closing(database.connect(search_path=wanted.search_path)) as connection:
        required = Requirements(alias, database, connection, wanted.schemas)
        replayer = wanted.replayer(connection, database)
        failure = replayer.run(files, prepare=required.meet).failure
        if failure is not None:
            return Made(failure=failure)
        wanted = wanted.including(made_schemas(connection))
        made = Made(
            required.files_only(wanted.read_replayed(connection, replayer)),
            row_totals(connection),
            tuple(replayer.left_out),
        )
        undone = tuple(replace(file, up=file.down) for file in reversed(files) if back)
        return replace(made, back=replayer.run(undone).failure)


def differences(before: Made, after: Made) -> tuple[Difference, tuple[Finding, ...]]:
    """Return in what a squashed file comes to something else than its files do."""
    found = difference(before.schema, after.schema)
    return found, (*_of_schema(found), *_of_rows(before, after))


def _of_schema(found: Difference) -> Iterator[Finding]:
    if found:
        yield Finding(
            "squash.schema",
            Severity.CRITICAL,
            "the squashed file makes another schema than the files that it stands for: "
            f"{counted(len(found), 'difference')}, as shown",
            _BY_HAND,
        )


def _of_rows(before: Made, after: Made) -> Iterator[Finding]:
    for table in sorted(before.rows.keys() & after.rows.keys()):
        if before.rows[table] != after.rows[table]:
            yield Finding(
                "squash.rows",
                Severity.CRITICAL,
                f"the squashed file leaves {counted(after.rows[table], 'row')} in "
                f"{'.'.join(map(quoted, table))}, the files that it stands for "
                f"{before.rows[table]}",
                _BY_HAND,
            )


def cause(failure: Finding) -> str:
    """Return what a server said of a statement in a replay, on one line."""
    said = failure.message.partition(f"{FROM_EMPTY}: ")[2] or failure.message
    return " ".join(without_passwords(said).split())


def does_not_run(failure: Finding, *, singly: bool) -> Finding:
    """Say that a squashed file fails where its files do not; ``singly``, without a transaction."""
    how = ", in one transaction or statement by statement" if singly else ""
    return replace(
        failure,
        code="squash.fails",
        message=f"the squashed file does not run{how}: {cause(failure)}",
        hint=_BY_HAND,
    )
