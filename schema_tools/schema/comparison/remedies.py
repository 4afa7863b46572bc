"""The ready SQL that makes a disagreement go away, for the side that is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from schema_tools.findings import Remedy
from schema_tools.keys import Key
from schema_tools.schema.comparison.disagreement import (
    EXTRA,
    MISSING,
    Disagreement,
)
from schema_tools.schema.comparison.sides import Names
from schema_tools.schema.comparison.verdict import Verdict
from schema_tools.schema.diff import differing_aspects
from schema_tools.schema.drafting.dependencies import mentions
from schema_tools.schema.drafting.script import script
from schema_tools.schema.kinds import kinds
from schema_tools.schema.kinds.sequence import Sequence, of_type
from schema_tools.schema.objects import (
    RELATIONS,
    Change,
    Draft,
    Schema,
    SchemaObject,
    column_key,
)


def sql_remedies(found: Disagreement) -> tuple[Remedy, ...]:
    """Return the remedies that are SQL; those that edit a model are not among them."""
    return tuple(_remedies(found))


def _remedies(found: Disagreement) -> Iterator[Remedy]:
    sides, verdict = found.sides, found.verdict
    if found.names is not None:
        yield from _renaming(found.key, found.names, verdict)
        return
    if not sides.has_files:
        yield from _remedy("database", "undo", sides.live, sides.models_live, found)
    elif verdict is Verdict.DATABASE_DRIFTED:
        yield from _remedy("database", "undo", sides.live, sides.applied, found)
        yield from _remedy("migrations", "adopt", sides.applied, sides.live, found)
    elif verdict in {Verdict.MIGRATION_MISSING, Verdict.MODEL_DIFFERS}:
        yield from _remedy("migrations", "write", sides.files, sides.models_files, found)
    elif verdict is Verdict.MIGRATION_FORGOTTEN:
        yield from _remedy("migrations", "adopt", sides.files, sides.live, found)
    elif verdict is Verdict.CONFLICT:
        yield from _remedy("database", "undo", sides.live, sides.applied, found)
        yield from _remedy("migrations", "write", sides.files, sides.models_files, found)


def _renaming(key: Key, names: Names, verdict: Verdict) -> Iterator[Remedy]:
    """Yield the statements that give an object the other side's name."""
    if verdict is Verdict.DATABASE_DRIFTED:
        yield from _rename("database", "undo", key, names.live, names.applied)
        yield from _rename("migrations", "adopt", key, names.applied, names.live)
    elif verdict is Verdict.MODEL_DIFFERS:
        yield from _rename("migrations", "write", key, names.files, names.models)
    elif verdict is Verdict.MIGRATION_FORGOTTEN:
        yield from _rename("migrations", "adopt", key, names.files, names.live)


def _rename(side: str, action: str, key: Key, before: str, after: str) -> Iterator[Remedy]:
    rename = kinds()[key.kind].rename
    if rename is not None:
        yield Remedy(side, action, f"{rename(key.named(before), after)};")


def _remedy(
    side: str, action: str, before: Schema, after: Schema, found: Disagreement
) -> Iterator[Remedy]:
    if found.weighed and found.weighed.mended:
        draft = _mending(before, *found.weighed.mended)
    else:
        draft = draft_for(before, after, found.key, found.aspect)
    lines = [f"-- {draft.caution}"] if draft.caution else []
    lines += [f"{statement};" for statement in draft.statements]
    if lines:
        yield Remedy(side, action, "\n".join(lines), safe=draft.safe)


def _mending(before: Schema, key: Key, mended: SchemaObject) -> Draft:
    """Draft what makes another object as it should be."""
    after = before.replaced({key: mended})
    change = _change(key, before, after)
    return script([change] if change else [], before, after)


def draft_for(before: Schema, after: Schema, key: Key, aspect: str) -> Draft:
    """Draft what turns one object, and all that comes and goes with it, into its other state."""
    if aspect in {MISSING, EXTRA}:
        made = [_change(each, before, after) for each in _together(key, before, after)]
        changes = [change for change in made if change]
        there = {*before.objects, *(change.key for change in changes)}
        return script([_as_far_as(there, change) for change in changes], before, after)
    old, new = before.get(key), after.get(key)
    if old is None or new is None:
        return Draft(())
    aspects = _with_followers(key, aspect, old, new)
    kept = dict(_kept_sequences(key, aspects, before, after))
    target = after.replaced(kept)
    own = [_change(each, before, target) for each in kept]
    return script(
        [Change(key, old, new, aspects), *(each for each in own if each)], before, target
    )


def _with_followers(
    key: Key, aspect: str, old: SchemaObject, new: SchemaObject
) -> tuple[str, ...]:
    """Return an aspect with those that it brings along and that differ as well."""
    follows = kinds()[key.kind].follows
    return tuple(
        each for each in differing_aspects(old, new) if aspect in (each, follows.get(each))
    )


def _kept_sequences(
    key: Key, aspects: tuple[str, ...], before: Schema, after: Schema
) -> Iterator[tuple[Key, SchemaObject]]:
    """Yield the sequence of a serial column as that needs it: no model says anything of it."""
    if {"default", "identity"}.intersection(aspects):
        return  # it goes with what it numbered
    wanted = after.get(key)
    for each in _belongings(key, before):
        there, other = before.get(each), after.get(each)
        if isinstance(there, Sequence):
            bounded_as = other if isinstance(other, Sequence) else there
            kept = (
                there
                if "type" not in aspects
                else of_type(there, getattr(wanted, "type", ""), bounded_as)
            )
            yield each, kept


def _change(key: Key, before: Schema, after: Schema) -> Change | None:
    old, new = before.get(key), after.get(key)
    if old is None or new is None:
        return Change(key, old, new) if old is not new else None
    aspects = differing_aspects(old, new)
    return Change(key, old, new, aspects) if aspects else None


def _as_far_as(there: set[Key], change: Change) -> Change:
    """Return a change without what needs a column that is not there: that is a change of its own.

    Where a column was renamed, an index on it goes with the old name, and comes with the new one.
    """
    found = change.after
    for name in getattr(found, "columns", ()) if found is not None and change.before else ():
        if column_key(change.key.schema, change.key.table, name) not in there:
            return Change(change.key, change.before, None)
    return change


def _together(key: Key, before: Schema, after: Schema) -> list[Key]:
    """Return the key with those that come and go with it, as a column's indexes do."""
    result = [key]
    for schema in (before, after):
        if key.kind in RELATIONS:
            result += [member for member, _found in schema.of_table(key)]
        elif key.kind == "column":
            result += [
                member
                for member, found in schema.of_table(Key("table", key.schema, "", key.table))
                if key.name in getattr(found, "columns", ())
            ]
        result += [each for member in result for each in _belongings(member, schema)]
    return list(dict.fromkeys(result))


def _belongings(key: Key, schema: Schema) -> Iterator[Key]:
    """Yield what goes with an object when that is dropped, as a serial column's sequence does.

    Looked for among what the object's own texts name.
    """
    found = schema.get(key)
    named = mentions(found) if found is not None else ()
    for kind in kinds().values():
        if kind.belongs is None:
            continue
        for place, name in named:
            candidate = schema.get(Key(kind.name, place, "", name))
            if candidate is not None and kind.belongs(candidate) == key:
                yield kind.key(candidate)
