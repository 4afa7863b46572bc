"""How the SQL is drafted that makes, alters or drops a column, alone or in a tree of tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schema_tools.keys import Key
from schema_tools.schema.diff import differing_aspects
from schema_tools.schema.kinds._column import Column, definition
from schema_tools.schema.kinds._column_alter import DROP_IDENTITY, Reach, altered, restarts
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import (
    Change,
    Draft,
    Schema,
    SchemaObject,
    column_key,
    table_key,
)
from schema_tools.schema.parts.counting import is_next_number
from schema_tools.schema.parts.mentions import words
from schema_tools.schema.parts.parents import children_of, kept_by_both, named_table, printed
from schema_tools.schema.parts.types import keeps_rows, keeps_values

# PostgreSQL documentation, ALTER TABLE: these have to be the same in all tables of a tree.
_COMMON = ("type", "collation", "generated", "generation")
_OF_PARTITIONS = ("identity", "identity_options")


def draft(change: Change, before_schema: Schema, after_schema: Schema) -> Draft:
    """Draft ADD COLUMN, DROP COLUMN, or the ALTER COLUMN for each aspect."""
    before, after = change.before, change.after
    if isinstance(before, Column) and isinstance(after, Column):
        return _freeing_name(
            _alter(before, after, change.aspects, before_schema, after_schema), after
        )
    if isinstance(before, Column):
        return _drop(before, before_schema, after_schema)
    return _add(after, before_schema, after_schema) if isinstance(after, Column) else Draft(())


def _freeing_name(drafted: Draft, after: Column) -> Draft:
    """Return a draft that drops an identity before the sequence is made that numbers next.

    That may have the same name.
    """
    if not is_next_number(after.default):
        return drafted
    early = tuple(text for text in drafted.statements if text.endswith(DROP_IDENTITY))
    rest = tuple(text for text in drafted.statements if text not in early)
    return replace(drafted, statements=rest, beforehand=early)


def given(found: Column, schema: Schema) -> Iterator[str]:
    """Yield the statements that a column needs after its table was made.

    What it has from a parent comes as the parent has it.
    """
    start = _fresh(found)
    for parent in map(named_table, found.inherited_from[:1]):
        above = schema.get(column_key(parent.schema, parent.name, found.name))
        if isinstance(above, Column):
            start = _inherited(found, above, schema)
            start = replace(start, storage=above.storage, compression=above.compression)
    yield from altered(start, found, differing_aspects(start, found))


def _fresh(found: Column) -> Column:
    """Return a column as its definition makes it."""
    return replace(
        found,
        nullable=found.nullable or not found.not_null_validated,
        not_null_validated=True,
        storage=None,
        compression=None,
        statistics=None,
        options=(),
        comment=None,
    )


def _inherited(found: Column, above: Column, schema: Schema) -> Column:
    """Return a column as it comes from its parent's.

    PostgreSQL documentation, CREATE TABLE, INHERITS and PARTITION OF: defaults and NOT NULL are
    inherited; identity is since version 17, and by partitions only.
    """
    numbered = schema.server_version >= 170000 and _is_partition(found, schema)
    return replace(
        _fresh(found),
        nullable=above.nullable or above.not_null_no_inherit,
        not_null_no_inherit=False,
        default=above.default,
        identity=above.identity if numbered else None,
        identity_options=found.identity_options if numbered else (),
    )


def _is_partition(found: Column, schema: Schema) -> bool:
    return getattr(schema.get(_table(found)), "partition_of", None) is not None


def _table(found: SchemaObject) -> Key:
    return table_key(found.schema, found.table)


def _parents(found: Column, before: Schema, after: Schema) -> Iterator[Column]:
    """Yield the columns, as they are to be, of the parents that a column's table keeps."""
    for parent in kept_by_both(_table(found), before, after):
        above = after.get(column_key(parent.schema, parent.name, found.name))
        if isinstance(above, Column):
            yield above


def _below(found: Column, before: Schema, after: Schema) -> Iterator[tuple[str, Column]]:
    """Yield the columns of the name, as they are to be, in the table's children."""
    for child in children_of(_table(found), before):
        below = after.get(column_key(child.schema, child.name, found.name))
        if isinstance(below, Column):
            yield f"ALTER TABLE {qualified(child.schema, child.name)}", below


def _drop(found: Column, before: Schema, after: Schema) -> Draft:
    if any(_parents(found, before, after)):
        caution = f"{found.name} of {found.table} goes when that of its parent does."
        return Draft((), safe=False, caution=caution)
    late: list[str] = []
    statements = tuple(_drops(found, before, after, late))
    computed = found.generated is not None
    return Draft(
        statements,
        safe=computed,
        caution="" if computed else f"The values of {found.name} are lost.",
        afterwards=tuple(late),
    )


def _drops(found: Column, before: Schema, after: Schema, late: list[str]) -> Iterator[str]:
    """Yield the drop of a column, and of what it leaves in children that is not wanted either.

    PostgreSQL documentation, "Inheritance" and ALTER TABLE: ONLY makes the children's columns
    their own; without it those go as well that are not their own already. What has several parents
    can only go when those of all of them are gone, and is added to ``late``.
    """
    table, below = _table(found), [*_columns_below(found, before)]
    returns = column_key(*_place(found)) in after  # and brings those of the children along
    wanted = [each for each in below if column_key(*_place(each)) in after and not returns]
    kept = bool(wanted)
    alter = f"ALTER TABLE {'ONLY ' * kept}{qualified(table.schema, table.name)}"
    if kept:
        yield from _untied_from_children(found, before)
    yield f"{alter} DROP COLUMN {quoted(found.name)}"
    for each in below:
        is_own = each.local or (kept and printed(table) in each.inherited_from)
        if not is_own or each in wanted or _table(each) not in after:
            continue
        drops = _drops(each, before, after, late)
        if len(each.inherited_from) > 1:
            late += drops
        else:
            yield from drops


def _columns_below(found: Column, schema: Schema) -> Iterator[Column]:
    for child in children_of(_table(found), schema):
        below = schema.get(column_key(child.schema, child.name, found.name))
        if isinstance(below, Column):
            yield below


def _place(found: Column) -> tuple[str, str, str]:
    return found.schema, found.table, found.name


def _untied_from_children(found: Column, before: Schema) -> Iterator[str]:
    """Yield what must go before a column whose namesakes in children stay.

    DROP COLUMN leaves children with checks and NOT NULL that count as inherited, and from nobody:
    no statement can drop them.
    """
    table = qualified(found.schema, found.table)
    if not found.nullable and before.server_version >= 180000:
        yield f"ALTER TABLE ONLY {table} ALTER COLUMN {quoted(found.name)} DROP NOT NULL"
    for key, each in before.of_table(_table(found)):
        if getattr(each, "type", "") == "check" and found.name in getattr(each, "columns", ()):
            yield f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {quoted(key.name)}"


def _add(found: Column, before: Schema, after: Schema) -> Draft:
    for above in _parents(found, before, after):
        start = _inherited(found, above, after)
        return Draft(tuple(altered(start, found, differing_aspects(start, found))))
    alone = replace(found, inherited_from=())
    plain = _without_identity(alone) if _has_children_without_identity(found, before) else alone
    statements = (
        f"ALTER TABLE {qualified(found.schema, found.table)} ADD COLUMN {definition(plain)}",
        *altered(plain, alone, differing_aspects(plain, alone)),
        *given(alone, after),
    )
    filled = found.nullable or found.default or found.identity or found.generated
    if filled or _table(found) not in before:
        return Draft(statements)
    return Draft(
        statements,
        caution=f"{found.name} is NOT NULL without a default: on a table with rows, add it as "
        "nullable, fill it, then SET NOT NULL.",
    )


def _without_identity(found: Column) -> Column:
    return replace(found, identity=None, identity_options=())


def _has_children_without_identity(found: Column, before: Schema) -> bool:
    """Return whether the table has children that a new identity column must not reach.

    Those of INHERITS never have it, partitions since PostgreSQL 17.
    """
    table = before.get(_table(found))
    partitioned = getattr(table, "partition_key", None) is not None
    reaches = partitioned and before.server_version >= 170000
    return found.identity is not None and getattr(table, "has_children", False) and not reaches


def _alter(
    before: Column,
    after: Column,
    aspects: tuple[str, ...],
    before_schema: Schema,
    after_schema: Schema,
) -> Draft:
    done = frozenset(_done_by_parents(after, before_schema, after_schema))
    if {"type", "collation"}.intersection(aspects) - done and _parts(before, before_schema):
        return Draft((), safe=False, caution=_PARTED_BY.format(after.table, after.name))
    reach = _reach(before, before_schema, done)
    steps = [*altered(before, after, aspects, reach)]
    if reach.only:
        below = [*_below(after, before_schema, after_schema)]
        steps += _children_as_they_were(before, after, below, reach)
    if "identity_options" in aspects and restarts(before, after):
        caution = f"The numbers of {after.name} begin anew: set where with ALTER COLUMN … RESTART."
        return Draft(tuple(steps), safe=False, caution=caution)
    checked = "nullable" in {*aspects} - done and before.nullable
    caution = _NOT_NULL.format(after.name) if checked else ""
    stays = "collation" not in aspects and keeps_rows(before.type, after.type)
    if stays or "type" not in {*aspects} - done:
        return Draft(tuple(steps), caution=caution)
    caution += " " * checked
    caution += f"The type of {after.name} changes: the table may be rewritten under a lock."
    if keeps_values(before.type, after.type):
        return Draft(tuple(steps), caution=caution)
    caution += " Values may not fit: they are refused, or rounded."
    return Draft(tuple(steps), safe=False, caution=caution)


def _parts(found: Column, schema: Schema) -> bool:
    """Return whether a table is partitioned by a column (ALTER TABLE refuses it another type)."""
    key: str | None = getattr(schema.get(_table(found)), "partition_key", None)
    return key is not None and found.name in words(key)


_PARTED_BY = "{} is partitioned by {}, whose type has to stay; make a new table and move the rows."
_NOT_NULL = "All rows are read under a lock, and it is refused where one has no {}."


def _reach(found: Column, before: Schema, done: frozenset[str]) -> Reach:
    table = before.get(_table(found))
    if not getattr(table, "has_children", False):
        return Reach(done=done)
    # Before PostgreSQL 18 a partitioned table takes NOT NULL from all of its partitions.
    partitioned = getattr(table, "partition_key", None) is not None
    whole = partitioned and before.server_version < 180000
    defaults = any(
        each.default is not None for each in (found, *dict(_below(found, before, before)).values())
    )
    return Reach("ONLY ", "" if whole else "ONLY ", defaults, done)


def _done_by_parents(found: Column, before: Schema, after: Schema) -> Iterator[str]:
    """Yield the aspects that change with those of a parent."""
    partition = _is_partition(found, after)
    for above in _parents(found, before, after):
        old = before.get(column_key(above.schema, above.table, above.name))
        for aspect in _COMMON + (_OF_PARTITIONS if partition else ()):
            if old is not None and getattr(old, aspect) != getattr(above, aspect):
                yield aspect


def _children_as_they_were(
    before: Column, after: Column, below: list[tuple[str, Column]], reach: Reach
) -> Iterator[str]:
    """Yield what children are to keep and a statement about their parent has taken from them."""
    name = quoted(after.name)
    retyped = (before.type, before.collation) != (after.type, after.collation)
    for alter, found in below:
        if retyped and found.default is not None:
            yield f"{alter} ALTER COLUMN {name} SET DEFAULT {found.default}"
        if after.nullable > before.nullable and not reach.only_null and not found.nullable:
            yield f"{alter} ALTER COLUMN {name} SET NOT NULL"
