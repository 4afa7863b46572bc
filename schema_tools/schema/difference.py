"""All that turns one schema into another: renames, changes, and their SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schema_tools.keys import Key
from schema_tools.schema.diff import diff
from schema_tools.schema.drafting.script import drafts
from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import Change, Draft, Schema
from schema_tools.schema.renames import find_renames, relabelled


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two schemas, and the schemas themselves.

    ``renames`` maps keys of the first schema to those that the same objects have in the second;
    ``before`` is the first schema with these names.
    """

    before: Schema
    after: Schema
    renames: Mapping[Key, Key]
    changes: tuple[Change, ...]

    def __len__(self) -> int:
        return len(self.renames) + len(self.changes)

    @property
    def keys(self) -> frozenset[Key]:
        """Return the keys of all objects that were compared."""
        return frozenset(self.before.objects.keys() | self.after.objects.keys())

    def drafts(self) -> Iterator[Draft]:
        """Yield the SQL that turns the first schema into the second, in an order that works.

        What the drafts' ``afterwards`` say comes after all of them.
        """
        for old, new in self.renames.items():
            rename = kinds()[old.kind].rename
            # Its table has its new name by then; what belongs to another is renamed with that.
            if rename is not None and not self._goes_with_another(new):
                yield Draft((rename(new.named(old.name), new.name),))
        yield from drafts(self.changes, self.before, self.after)

    def _goes_with_another(self, new: Key) -> bool:
        belongs, found = kinds()[new.kind].belongs, self.before.get(new)
        owner = belongs(found) if belongs is not None and found is not None else None
        return owner is not None and owner.kind == new.kind and owner in self.renames.values()


def difference(before: Schema, after: Schema, *, by_place: bool = True) -> Difference:
    """Return what turns one schema into the other; ``by_place`` is that of ``find_renames``."""
    renames = find_renames(before, after, by_place=by_place)
    seen = relabelled(before, renames)
    return Difference(seen, after, renames, diff(seen, after))
