"""The statements that turn one state of a column into another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from schema_tools.schema.kinds._column import Column, identity
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.parts import fdw_options, reloptions
from schema_tools.schema.parts.counting import counted_on, is_next_number, owned_sequence
from schema_tools.schema.parts.owner_and_comment import comment_on
from schema_tools.schema.parts.types import cast, casts_by_itself

DROP_IDENTITY = "DROP IDENTITY IF EXISTS"
_INTEGERS = frozenset({"smallint", "integer", "bigint"})


@dataclass(frozen=True, slots=True)
class Reach:
    """What a statement does to the table's children, and what theirs has done to the table.

    ``only`` is ``"ONLY "`` where children have their own say in defaults and the like,
    ``only_null`` the same for NOT NULL, ``defaults`` tells whether any of them has a default,
    ``done`` holds the aspects that a parent's statement changes for its children.
    """

    only: str = ""
    only_null: str = ""
    defaults: bool = False
    done: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Step:
    """A change of a column, with all that its statements are made of."""

    before: Column
    after: Column
    aspects: frozenset[str]
    reach: Reach

    def alter(self, only: str = "") -> str:
        """Return how the statements about the table begin."""
        return f"ALTER TABLE {only}{qualified(self.after.schema, self.after.table)}"

    def column(self, only: str = "") -> str:
        """Return how the statements about the column begin."""
        return f"{self.alter(only)} ALTER COLUMN {quoted(self.after.name)}"

    def changes(self, *aspects: str) -> bool:
        """Return whether one of these is to be changed here."""
        return bool(self.aspects.intersection(aspects) - self.reach.done)

    @property
    def retyped(self) -> bool:
        """Return whether the type changes, be it by the parent's statement."""
        return bool({"type", "collation"} & self.aspects)

    @property
    def recast(self) -> bool:
        """Return whether a default must be out of a new type's way; the next number fits each."""
        counted = {self.before.type, self.after.type} <= _INTEGERS
        kept = self.before.default == self.after.default and is_next_number(self.after.default)
        return self.retyped and not (counted and kept)


def altered(
    before: Column, after: Column, aspects: Iterable[str], reach: Reach | None = None
) -> Iterator[str]:
    """Yield the statements for the aspects in which two states of a column differ."""
    step = _Step(before, after, frozenset(aspects), reach or Reach())
    yield from _make_way(step)
    yield from _set_type(step)
    yield from _set_nullable(step)
    yield from _set_default(step)
    yield from _set_identity(step)
    yield from _set_storage(step)
    if step.changes("statistics"):
        target = -1 if after.statistics is None else after.statistics
        yield f"{step.column(step.reach.only)} SET STATISTICS {target}"
    if step.changes("options"):
        yield from _set_options(step)
    if step.changes("comment"):
        table = qualified(after.schema, after.table)
        yield comment_on(f"COLUMN {table}.{quoted(after.name)}", after.comment)


def _make_way(step: _Step) -> Iterator[str]:
    """Yield what must go first; in forms that do no harm where another draft has done it already.

    An identity column takes neither NULL nor a default, and a default may not be castable to a
    new type.
    """
    before, after = step.before, step.after
    if before.identity and not after.identity and step.changes("identity", "nullable", "default"):
        yield f"{step.column()} {DROP_IDENTITY}"
    if step.changes("generated", "generation") and after.generated is None:
        yield f"{step.column()} DROP EXPRESSION IF EXISTS"
    if step.changes("type", "collation") and step.reach.defaults:
        yield f"{step.column()} DROP DEFAULT"
        return
    becomes_identity = step.changes("identity") and after.identity is not None
    default_goes = step.changes("default") and after.default is None
    if before.default is not None and (becomes_identity or default_goes or step.recast):
        yield f"{step.column(step.reach.only)} DROP DEFAULT"


def _set_type(step: _Step) -> Iterator[str]:
    before, after = step.before, step.after
    if not step.changes("type", "collation"):
        return
    collate = f" COLLATE {after.collation}" if after.collation else ""
    using = f" USING {cast(quoted(after.name), before.type, after.type)}"
    if casts_by_itself(before.type, after.type) or after.of_foreign_table:
        using = ""  # an explicit cast would cut off what is too long, and foreign rows take none
    yield f"{step.column()} TYPE {after.type}{collate}{using}"


def _set_nullable(step: _Step) -> Iterator[str]:
    before, after, name = step.before, step.after, quoted(step.after.name)
    if not step.changes("nullable", "not_null_validated", "not_null_no_inherit"):
        if step.changes("identity") and after.identity and before.nullable:
            yield f"{step.column()} SET NOT NULL"
        return
    drop = f"{step.column(step.reach.only_null)} DROP NOT NULL"
    if after.nullable:
        yield drop
        return
    usual = after.not_null_validated and not after.not_null_no_inherit
    if not before.nullable and (not usual or before.not_null_no_inherit):
        yield drop
    if usual:
        yield f"{step.column()} SET NOT NULL"
        return
    words = " NO INHERIT" * after.not_null_no_inherit + " NOT VALID" * (
        not after.not_null_validated
    )
    yield f"{step.alter()} ADD NOT NULL {name}{words}"


def _set_default(step: _Step) -> Iterator[str]:
    if step.after.default is not None and (step.changes("default") or step.recast):
        yield f"{step.column(step.reach.only)} SET DEFAULT {step.after.default}"


def _set_identity(step: _Step) -> Iterator[str]:
    before, after = step.before, step.after
    if not after.identity or not step.changes("identity", "identity_options"):
        return
    if not before.identity:
        yield f"{step.column()} ADD {identity(after)}"
        yield _counted_on(after)
        return
    clauses = [f"SET GENERATED {after.identity.upper()}"] * step.changes("identity")
    clauses += _sequence_clauses(before.identity_options, after.identity_options)
    yield f"{step.column()} {' '.join(clauses)}"


def _counted_on(found: Column) -> str:
    """Return the statement that lets an identity go on where the rows end."""
    place, clauses = (found.schema, found.table, found.name), _clauses(found.identity_options)
    return counted_on(
        owned_sequence(*place), *place, start=_start(clauses), descends=_descends(clauses)
    )


_USUAL = {
    "INCREMENT BY": "INCREMENT BY 1",
    "MINVALUE": "NO MINVALUE",
    "MAXVALUE": "NO MAXVALUE",
    "CACHE": "CACHE 1",
    "CYCLE": "NO CYCLE",
}


def restarts(before: Column, after: Column) -> bool:
    """Return whether the sequence of an identity column has to begin anew for its new bounds."""
    both = before.identity is not None and after.identity is not None
    clauses = _sequence_clauses(before.identity_options, after.identity_options)
    return both and "RESTART" in clauses


def _sequence_clauses(before: Collection[str], after: Collection[str]) -> Iterator[str]:
    """Yield the clauses of ALTER COLUMN that give a sequence other options.

    Its bounds go with its direction, and where it starts goes with its bounds, unless something
    else is said.
    """
    old, new = _clauses(before), _clauses(after)
    changed = {name for name in (*_USUAL, "START WITH") if old.get(name) != new.get(name)}
    if _descends(old) != _descends(new):
        changed |= {"MINVALUE", "MAXVALUE"}
    for name, usual in _USUAL.items():
        if name in changed:
            yield f"SET {f'{name} {new[name]}'.rstrip() if name in new else usual}"
    if changed & {"MINVALUE", "MAXVALUE", "START WITH"}:
        yield f"SET START WITH {_start(new)}"
    if changed & {"MINVALUE", "MAXVALUE"}:
        yield "RESTART"


def _start(clauses: Mapping[str, str]) -> int:
    bound = ("MAXVALUE", "-1") if _descends(clauses) else ("MINVALUE", "1")
    return int(clauses.get("START WITH", clauses.get(*bound)))


def _descends(clauses: Mapping[str, str]) -> bool:
    return clauses.get("INCREMENT BY", "1").startswith("-")


def _clauses(options: Collection[str]) -> dict[str, str]:
    """Return the options by their names: ``INCREMENT BY`` 2, ``CYCLE`` ""."""
    parted = (each.rpartition(" ") for each in options)
    return {name or value: value if name else "" for name, _blank, value in parted}


def _set_storage(step: _Step) -> Iterator[str]:
    after, only = step.after, step.reach.only
    if step.changes("storage") or (step.retyped and after.storage):
        yield f"{step.column(only)} SET STORAGE {(after.storage or after.usual_storage).upper()}"
    if step.changes("compression"):
        yield f"{step.column(only)} SET COMPRESSION {after.compression or 'default'}"


def _set_options(step: _Step) -> Iterator[str]:
    """Yield what tells ANALYZE, and what tells a foreign data wrapper."""
    (old, old_foreign), (new, new_foreign) = map(_parted, (step.before, step.after))
    yield from reloptions.altered(step.column(), old, new)
    if foreign := fdw_options.altered(old_foreign, new_foreign):
        yield f"{step.column()}{foreign}"


def _parted(found: Column) -> tuple[list[str], list[str]]:
    own = [option for option in found.options if option.startswith("n_distinct")]
    return own, [option for option in found.options if option not in own]
