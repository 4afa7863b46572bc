"""What an index has besides what it is made of, be it a constraint's or one by itself.

PostgreSQL documentation, ALTER INDEX, and of ALTER TABLE the forms CLUSTER ON and REPLICA
IDENTITY.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from schema_tools.keys import Key
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import Schema
from schema_tools.schema.parts.reloptions import altered


class Settings(Protocol):
    """The part of an index or a constraint that this module writes.

    ``statistics`` holds the targets of its expressions: ``column 2: 500``.
    """

    @property
    def options(self) -> tuple[str, ...]: ...
    @property
    def statistics(self) -> tuple[str, ...]: ...
    @property
    def clustered(self) -> bool: ...


def set_options(index: Key, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[str]:
    """Yield the statements that give an index other storage parameters."""
    yield from altered(f"ALTER INDEX {qualified(index.schema, index.name)}", before, after)


def set_statistics(index: Key, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[str]:
    """Yield the statements that give the expressions of an index other statistics targets."""
    old, new = _targets(before), _targets(after)
    for place in sorted(old.keys() | new.keys()):
        if old.get(place) != new.get(place):
            target = new.get(place, "-1")
            name = qualified(index.schema, index.name)
            yield f"ALTER INDEX {name} ALTER COLUMN {place} SET STATISTICS {target}"


def _targets(statistics: tuple[str, ...]) -> dict[int, str]:
    parted = (each.removeprefix("column ").partition(": ") for each in statistics)
    return {int(place): target for place, _colon, target in parted}


def set_clustered(index: Key, *, clustered: bool, schema: Schema) -> Iterator[str]:
    """Yield the statement that makes CLUSTER use an index, or no longer use it.

    ``schema`` is what comes of it all: where another index is used, its own statement says so.
    """
    alter = f"ALTER TABLE {qualified(index.schema, index.table)}"
    if clustered:
        yield f"{alter} CLUSTER ON {quoted(index.name)}"
        return
    relation = schema.relation(index.schema, index.table)
    members = schema.of_table(relation) if relation else ()
    if not any(getattr(found, "clustered", False) for _key, found in members):
        yield f"{alter} SET WITHOUT CLUSTER"


def settle(index: Key, before: Settings | None, after: Settings, schema: Schema) -> Iterator[str]:
    """Yield all that a new index (``before`` is None) or an altered one is to be given.

    The storage parameters of a new one are part of its definition.
    """
    if before is not None:
        yield from set_options(index, before.options, after.options)
    yield from set_statistics(index, before.statistics if before else (), after.statistics)
    if after.clustered != (before is not None and before.clustered):
        yield from set_clustered(index, clustered=after.clustered, schema=schema)


def identify_rows(index: Key, schema: Schema) -> tuple[str, ...]:
    """Return the statement that a new index needs if its table is to be replicated by it."""
    relation = schema.relation(index.schema, index.table)
    identity = getattr(schema.get(relation) if relation else None, "replica_identity", "")
    if identity != f"index {index.name}":
        return ()
    return (replica_identity(index.schema, index.table, identity),)


def replica_identity(schema: str, table: str, identity: str) -> str:
    """Return the statement that says by what the rows of a table are replicated.

    ``identity`` is ``default``, ``full``, ``nothing`` or ``index users_pkey``.
    """
    word, _blank, index = identity.partition(" ")
    using = f"USING INDEX {quoted(index)}" if index else word.upper()
    return f"ALTER TABLE {qualified(schema, table)} REPLICA IDENTITY {using}"
