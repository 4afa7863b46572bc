"""What ``ALTER … DEPENDS ON EXTENSION`` says: that an object goes when an extension goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from schema_tools.keys import Key
from schema_tools.schema.names import quoted


class Tied(Protocol):
    """An object with the names of the extensions that it depends on in this way."""

    @property
    def depends_on_extensions(self) -> tuple[str, ...]:
        """Return the names, sorted."""


def extension_keys(found: Tied) -> Iterator[Key]:
    """Yield the keys of the extensions that an object is tied to."""
    for name in found.depends_on_extensions:
        yield Key("extension", "", "", name)


def ties(what: str, before: Tied | None, after: Tied) -> Iterator[str]:
    """Yield the statements that tie ``FUNCTION f(integer)`` to other extensions than before."""
    old = set(before.depends_on_extensions) if before else set()
    for name in sorted(old - {*after.depends_on_extensions}):
        yield f"ALTER {what} NO DEPENDS ON EXTENSION {quoted(name)}"
    for name in after.depends_on_extensions:
        if name not in old:
            yield f"ALTER {what} DEPENDS ON EXTENSION {quoted(name)}"
