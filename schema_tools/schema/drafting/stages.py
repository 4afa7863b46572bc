"""A change of schema as one or more migration files, each of which locks as little as it can.

What an ordinary script does under a lock while it reads a whole table is put off to a second file,
which runs outside a transaction: indexes are built CONCURRENTLY, constraints are added NOT VALID
first and validated there (PostgreSQL documentation, ALTER TABLE, "Notes"). New labels of an enum
come before all else, since no statement may use them in the transaction that adds them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from schema_tools.keys import Key
from schema_tools.schema.diff import diff
from schema_tools.schema.drafting.dependencies import Dependencies
from schema_tools.schema.drafting.script import drafts
from schema_tools.schema.kinds import kinds
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.kinds.constraint import Constraint
from schema_tools.schema.kinds.enum import Enum
from schema_tools.schema.kinds.table import Table
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import (
    RELATIONS,
    Change,
    Draft,
    Schema,
    SchemaObject,
    table_key,
)
from schema_tools.schema.parts.reloptions import with_clause
from schema_tools.schema.renames import relabelled

HasRows = Callable[[Key], bool]
_PLAIN_UNIQUE = re.compile(
    r"(?P<type>UNIQUE|PRIMARY KEY)(?P<nulls> NULLS NOT DISTINCT)? (?P<columns>\(.*?\))"
    r"(?P<include> INCLUDE \(.*\))?\Z"
)


@dataclass(frozen=True, slots=True)
class Stage:
    """One file and its rollback; ``suffix`` tells its name from the first one's."""

    parts: tuple[Draft, ...]
    back: tuple[Draft, ...]
    suffix: str = ""
    transactional: bool = True


def stages(
    files: Schema, target: Schema, names: Mapping[Key, Key], *, has_rows: HasRows
) -> tuple[Stage, ...]:
    """Return the files that bring one schema to another, in their order.

    ``names`` are new keys for objects that are renamed; the target still has the old ones.
    ``has_rows`` tells of a table of the files' schema whether rows are to be expected in it.
    """
    result = []
    labelled = _with_new_labels(files, target)
    if labelled is not files and (names or diff(labelled, target)):
        result.append(_stage(files, labelled, suffix="labels"))
        files = labelled
    renamed, target = relabelled(files, names), relabelled(target, names)
    first = _put_off(renamed, target, has_rows)
    ways, ways_back = _renamings(names)
    if ways or diff(renamed, first):
        there, back = _between(renamed, first), _between(first, renamed)
        result.append(Stage((*ways, *there), (*back, *ways_back)))
    if diff(first, target):
        undoing = tuple(map(_without_lock, _between(target, first)))
        online = tuple(Draft((text,)) for text in _online(first, target))
        result.append(Stage(online, undoing, "concurrently", transactional=False))
    return tuple(result)


def _stage(before: Schema, after: Schema, *, suffix: str) -> Stage:
    return Stage(_between(before, after), _between(after, before), suffix)


def _between(before: Schema, after: Schema) -> tuple[Draft, ...]:
    return drafts(diff(before, after), before, after)


def _without_lock(draft: Draft) -> Draft:
    return replace(draft, statements=tuple(map(_concurrently, draft.statements)), caution="")


def _with_new_labels(files: Schema, target: Schema) -> Schema:
    """Return the files' schema with the labels that the target adds to enums of both."""
    changes: dict[Key, SchemaObject | None] = {}
    for key, found in files.objects.items():
        wanted = target.get(key)
        if isinstance(found, Enum) and isinstance(wanted, Enum):
            kept = tuple(label for label in wanted.labels if label in found.labels)
            if kept == found.labels != wanted.labels:
                changes[key] = replace(found, labels=wanted.labels)
    return files.replaced(changes) if changes else files


def _renamings(names: Mapping[Key, Key]) -> tuple[list[Draft], list[Draft]]:
    """Return the statements that rename, and those that take the old names back."""
    there: list[Draft] = []
    back: list[Draft] = []
    # A table first, since what belongs to it is named by its new name then.
    for old, new in sorted(names.items(), key=lambda pair: pair[0].kind not in RELATIONS):
        rename = kinds()[old.kind].rename
        if rename is not None:
            placed = old._replace(table=new.table)
            there.append(Draft((rename(placed, new.name),)))
            back.insert(0, Draft((rename(placed.named(new.name), old.name),)))
    return there, back


def _put_off(before: Schema, after: Schema, has_rows: HasRows) -> Schema:
    """Return the target without what is better done outside a transaction."""
    changes: dict[Key, SchemaObject | None] = {}
    for change in diff(before, after):
        if change.after is not None and _locks_long(change, before, after, has_rows):
            changes.update(_lighter(change))
    put_off = {key for key, found in changes.items() if found is None}
    arrows = Dependencies(after)
    changes.update(
        (change.key, None)
        for change in diff(before, after)
        if change.after is not None
        and (change.before is None or _is_rebuilt(change))
        and change.key.kind == "constraint"
        and not put_off.isdisjoint(arrows.needs(change.key))
    )
    return after.replaced(changes)


def _locks_long(change: Change, before: Schema, after: Schema, has_rows: HasRows) -> bool:
    """Return whether a change would read a table that is there and has rows, under a lock."""
    key, found = change.key, change.after
    table = before.get(table_key(key.schema, key.table))
    if not isinstance(table, Table) or table.partition_key or table.partition_of:
        return False  # what these options ask for is refused for a partitioned table
    if table_key(key.schema, key.table) not in after or not has_rows(
        table_key(key.schema, key.table)
    ):
        return False
    if isinstance(found, Column):
        return "nullable" in change.aspects and not found.nullable
    if change.before is not None and not _is_rebuilt(change):
        return False
    if isinstance(found, Constraint):
        plain = _PLAIN_UNIQUE.match(found.definition or "") is not None
        return plain or (found.type in {"foreign key", "check"} and found.validated)
    return key.kind == "index"


def _is_rebuilt(change: Change) -> bool:
    """Return whether an object that is there is dropped and made again."""
    rebuilt = kinds()[change.key.kind].rebuilt
    return rebuilt is not None and rebuilt(change)


def _lighter(change: Change) -> Iterator[tuple[Key, SchemaObject | None]]:
    """Yield what takes the place of an object until it is complete."""
    found = change.after
    if isinstance(found, Column):
        check = _not_null_check(found)
        yield change.key, replace(found, nullable=True)
        yield kinds()["constraint"].key(check), check
    elif isinstance(found, Constraint) and found.type in {"foreign key", "check"}:
        yield change.key, replace(found, validated=False)
    else:
        yield change.key, None


def _not_null_check(found: Column) -> Constraint:
    """Return the check by which SET NOT NULL need not read the table."""
    return Constraint(
        schema=found.schema,
        table=found.table,
        name=f"{found.table[:30]}_{found.name[:20]}_not_null",
        type="check",
        definition=f"CHECK ({quoted(found.name)} IS NOT NULL)",
        columns=(found.name,),
        validated=False,
    )


def _online(before: Schema, after: Schema) -> Iterator[str]:
    """Yield the statements of the second file, each a transaction of its own."""
    changes = diff(before, after)
    makes_not_null = [change for change in changes if isinstance(change.after, Column)]
    checks = {
        kinds()["constraint"].key(_not_null_check(change.after))
        for change in makes_not_null
        if isinstance(change.after, Column)
    }
    rest = [
        change for change in changes if change.key.kind != "column" and change.key not in checks
    ]
    for change in sorted(rest, key=_turn):
        draft = kinds()[change.key.kind].draft(change, before, after)
        for text in (*draft.statements, *draft.afterwards):
            yield from _by_index(change.after, text)
    for change in makes_not_null:
        yield from _set_not_null(change, before, after)


def _turn(change: Change) -> tuple[int, Key]:
    """Unique indexes and constraints come before the foreign keys that need them."""
    found = change.after
    unique = isinstance(found, Constraint) and found.type != "foreign key"
    return (0 if change.key.kind == "index" else 1 if unique else 2, change.key)


def _by_index(found: SchemaObject | None, text: str) -> Iterable[str]:
    """Return a statement, or those that build a constraint's index first without a lock."""
    match = isinstance(found, Constraint) and _PLAIN_UNIQUE.match(found.definition or "")
    if not (isinstance(found, Constraint) and match and " ADD CONSTRAINT " in text):
        return (_concurrently(text),)
    table, name = qualified(found.schema, found.table), quoted(found.name)
    index = f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} {match['columns']}"
    deferral = " DEFERRABLE" * found.deferrable + " INITIALLY DEFERRED" * found.initially_deferred
    return (
        f"{index}{match['include'] or ''}{match['nulls'] or ''}{with_clause(found.options)}",
        f"ALTER TABLE {table} ADD CONSTRAINT {name} {match['type']} USING INDEX {name}{deferral}",
    )


def _set_not_null(change: Change, before: Schema, after: Schema) -> Iterator[str]:
    found = change.after
    if not isinstance(found, Column):
        return
    check = _not_null_check(found)
    alter = f"ALTER TABLE {qualified(found.schema, found.table)}"
    yield f"{alter} VALIDATE CONSTRAINT {quoted(check.name)}"
    yield from kinds()["column"].draft(change, before, after).statements
    yield f"{alter} DROP CONSTRAINT {quoted(check.name)}"


def _concurrently(text: str) -> str:
    """Return a statement that builds or drops an index in the form that takes no lock."""
    return re.sub(r"\A(CREATE INDEX|CREATE UNIQUE INDEX|DROP INDEX) ", r"\1 CONCURRENTLY ", text)
