"""Tables: how they are kept, partitioned and inherited, row security, owner and comment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.kinds import column, constraint
from schema_tools.schema.kinds._table_query import QUERY
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import (
    Change,
    Draft,
    Kind,
    Schema,
    SchemaObject,
    expression,
    flag,
)
from schema_tools.schema.parts.index_settings import replica_identity
from schema_tools.schema.parts.owner_and_comment import owner_and_comment
from schema_tools.schema.parts.parents import kept_parents, named_table, parents_of
from schema_tools.schema.parts.reloptions import altered, with_clause


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(SchemaObject):
    """An ordinary or a partitioned table.

    ``persistence`` is ``permanent`` or ``unlogged``; ``inherits`` names the parents in their
    order; ``access_method`` is None for ``heap``; ``replica_identity`` is ``default``, ``full``,
    ``nothing`` or ``index users_pkey``.
    """

    persistence: str = "permanent"
    partition_key: str | None = expression()
    partition_of: str | None = None
    partition_bound: str | None = expression()
    detach_pending: bool = flag("with its detachment pending", "attached", default=False)
    inherits: tuple[str, ...] = ()
    of_type: str | None = None
    access_method: str | None = None
    options: tuple[str, ...] = ()
    toast_options: tuple[str, ...] = ()
    row_security: bool = flag("under row security", "without row security", default=False)
    force_row_security: bool = flag(
        "under row security for its owner, too",
        "free of row security for its owner",
        default=False,
    )
    replica_identity: str = "default"
    owner: str | None = None
    comment: str | None = None
    # Told by the children; may be true of a table that had some once.
    has_children: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "inherits", tuple(self.inherits or ()))
        for name in ("options", "toast_options"):
            object.__setattr__(self, name, tuple(sorted(getattr(self, name) or ())))


# What says whose partition or child a table is.
MEMBERSHIP = frozenset({"partition_of", "partition_bound", "detach_pending", "inherits"})
_REWRITTEN = "{} is rewritten under a lock."
_CHECKED = "All rows of {} are checked under a lock when it gets its parent."


def draft(change: Change, _before: Schema, after_schema: Schema) -> Draft:
    """Draft CREATE TABLE with its columns and constraints, DROP TABLE, or the alterations."""
    before, after = change.before, change.after
    name = qualified(change.key.schema, change.key.name)
    if not isinstance(after, Table):
        return Draft((f"DROP TABLE {name}",), safe=False, caution=f"All rows of {name} are lost.")
    if not isinstance(before, Table):
        return _create(name, after, change, after_schema)
    statements = (
        *_altered(name, before, after, change.aspects),
        *owner_and_comment(f"TABLE {name}", change),
    )
    if caution := _beyond_drafts(name, after, change.aspects):
        return Draft(statements, safe=False, caution=caution)
    aspects = {*change.aspects}
    moves = bool(MEMBERSHIP & aspects)
    joins = tuple(_joins(name, before, after)) if moves else ()
    return Draft(
        statements,
        beforehand=tuple(_leaves(name, before, after)) if moves else (),
        afterwards=(*joins, *(_identity(after) if "replica_identity" in aspects else ())),
        caution=_REWRITTEN.format(name) if {"persistence", "access_method"} & aspects else "",
        caution_afterwards=_CHECKED.format(name) if joins else "",
    )


def _beyond_drafts(name: str, after: Table, aspects: tuple[str, ...]) -> str:
    if "partition_key" in aspects:
        return f"The partitioning of {name} differs; make a new table and move the rows."
    if "detach_pending" in aspects and after.detach_pending:
        return f"That a detachment of {name} was begun and not ended cannot be drafted."
    return ""


def _altered(name: str, before: Table, after: Table, aspects: tuple[str, ...]) -> Iterator[str]:
    alter = f"ALTER TABLE {name}"
    if "persistence" in aspects:
        yield f"{alter} SET {'LOGGED' if after.persistence == 'permanent' else 'UNLOGGED'}"
    if "of_type" in aspects:
        yield f"{alter} {'NOT OF' if after.of_type is None else f'OF {after.of_type}'}"
    if "access_method" in aspects:
        yield f"{alter} SET ACCESS METHOD {quoted(after.access_method or 'heap')}"
    if {"options", "toast_options"} & {*aspects}:
        yield from altered(alter, _options(before), _options(after))
    if "row_security" in aspects:
        yield f"{alter} {'ENABLE' if after.row_security else 'DISABLE'} ROW LEVEL SECURITY"
    if "force_row_security" in aspects:
        yield f"{alter} {'' if after.force_row_security else 'NO '}FORCE ROW LEVEL SECURITY"


def _options(found: Table) -> tuple[str, ...]:
    return (*found.options, *(f"toast.{option}" for option in found.toast_options))


def _leaves(name: str, before: Table, after: Table) -> Iterator[str]:
    """Yield what takes a table from the parents that it does not keep."""
    kept = kept_parents(before, after)
    for parent in parents_of(before)[len(kept) :]:
        if before.partition_of is None:
            yield f"ALTER TABLE {name} NO INHERIT {parent}"
        else:
            finalize = " FINALIZE" if before.detach_pending else ""
            yield f"ALTER TABLE {parent} DETACH PARTITION {name}{finalize}"


def _joins(name: str, before: Table, after: Table) -> Iterator[str]:
    """Yield what gives a table the parents that it did not have."""
    kept = kept_parents(before, after)
    for parent in parents_of(after)[len(kept) :]:
        if after.partition_of is None:
            yield f"ALTER TABLE {name} INHERIT {parent}"
        else:
            yield f"ALTER TABLE {parent} ATTACH PARTITION {name} {after.partition_bound}"


def _identity(found: Table) -> tuple[str, ...]:
    return (replica_identity(found.schema, found.name, found.replica_identity),)


def _create(name: str, table: Table, change: Change, schema: Schema) -> Draft:
    members = list(schema.of_table(change.key))
    columns = sorted(
        (found for _key, found in members if isinstance(found, column.Column)),
        key=lambda found: (found.position, found.name),
    )
    # Foreign keys stay out: the table they point to may be made later.
    inline = {
        key: found
        for key, found in members
        if isinstance(found, constraint.Constraint)
        and table.partition_of is None
        and constraint.fits_into_create_table(found)
    }
    bare = Table(schema=table.schema, name=table.name)
    aspects = ("of_type", "row_security", "force_row_security")
    changed = tuple(each for each in aspects if getattr(bare, each) != getattr(table, each))
    lines = [*_column_lines(columns), *map(constraint.definition, inline.values())]
    return Draft(
        (
            _statement(name, table, lines),
            *_altered(name, bare, table, changed),
            *owner_and_comment(f"TABLE {name}", change),
            *(text for found in columns for text in column.given(found, schema)),
            *(text for each in inline.items() for text in constraint.given(*each, schema)),
        ),
        absorbs=(*map(column.KIND.key, columns), *inline),
        afterwards=() if table.replica_identity == "default" else _identity(table),
    )


def _statement(name: str, table: Table, lines: list[str]) -> str:
    unlogged = "UNLOGGED " if table.persistence == "unlogged" else ""
    body = ",\n    ".join(lines)
    words = (
        f"CREATE {unlogged}TABLE {name}",
        f"PARTITION OF {table.partition_of} {table.partition_bound}"
        if table.partition_of is not None
        else f"(\n    {body}\n)"
        if lines
        else "()",
        f"INHERITS ({', '.join(table.inherits)})" if table.inherits else "",
        f"PARTITION BY {table.partition_key}" if table.partition_key is not None else "",
        f"USING {quoted(table.access_method)}" if table.access_method else "",
        with_clause(_options(table)).strip(),
    )
    return " ".join(word for word in words if word)


def _column_lines(columns: list[column.Column]) -> Iterator[str]:
    """Yield the columns that a table has by itself, as CREATE TABLE writes them."""
    for found in columns:
        if not found.inherited_from:
            yield column.definition(found)
        elif found.local:
            yield column.bare_definition(found)


def describe(found: Table) -> str:
    """Return what the table is apart from its columns."""
    return "table" if found.persistence == "permanent" else f"{found.persistence} table"


def needs(found: Table, schema: Schema) -> Iterator[Key]:
    """Yield the columns of the parents, which come with them."""
    for parent in map(named_table, parents_of(found)):
        yield from (key for key, _found in schema.of_table(parent) if key.kind == "column")


def rename(key: Key, name: str) -> str:
    """Return the statement that gives a table another name."""
    return f"ALTER TABLE {qualified(key.schema, key.name)} RENAME TO {quoted(name)}"


KIND = Kind(
    name="table",
    type=Table,
    query=QUERY,
    follows={"partition_bound": "partition_of"},
    draft=draft,
    describe=describe,
    in_models=True,
    after=("enum",),
    holds_data=True,
    needs=needs,
    rename=rename,
    beyond_models=frozenset(
        {
            "persistence",
            "partition_key",
            "partition_of",
            "partition_bound",
            "detach_pending",
            "inherits",
            "of_type",
            "access_method",
            "options",
            "toast_options",
            "row_security",
            "force_row_security",
            "replica_identity",
            "owner",
        }
    ),
    severities={
        "extra": Severity.WARNING,
        "access_method": Severity.WARNING,
        "options": Severity.WARNING,
        "toast_options": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
