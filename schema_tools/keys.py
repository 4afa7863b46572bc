"""The name under which a database object is found in every source."""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """An object's identity: its kind, schema, the table it belongs to ("" if none), its name.

    A tuple, since a comparison looks up and sorts hundreds of thousands of them.
    """

    kind: str
    schema: str
    table: str
    name: str

    def __str__(self) -> str:
        """Return the key as users see it: ``column public.users.email``."""
        return f"{self.kind.replace('_', ' ')} {'.'.join(part for part in self.path if part)}"

    def named(self, name: str) -> Key:
        """Return the key that the object would have under another name."""
        return self._replace(name=name)

    @property
    def path(self) -> tuple[str, str, str]:
        """Return schema, table and name; the table is "" for an object that stands by itself."""
        return (self.schema, self.table, self.name)
