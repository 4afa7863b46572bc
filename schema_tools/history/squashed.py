"""What the header of a squashed file says: which files it stands for, and what these were."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from schema_tools.history.header import members
from schema_tools.history.migration import Migration


@dataclass(frozen=True, slots=True)
class Member:
    """A file that a squashed file stands for; ``inside`` is the squashed file in which it was."""

    version: str
    checksum: str
    inside: str = ""


@dataclass(frozen=True, slots=True)
class Squashed:
    """A squashed file, and all that it stands for, what is in its squashed members included."""

    file: Migration
    members: tuple[Member, ...]

    @property
    def versions(self) -> frozenset[str]:
        """Return the versions that it stands for."""
        return frozenset(member.version for member in self.members)

    def within(self, inside: str = "") -> Iterator[Member]:
        """Yield what it stands for itself, or what is in one of its squashed members."""
        return (member for member in self.members if member.inside == inside)


def squashed_files(migrations: Iterable[Migration]) -> tuple[Squashed, ...]:
    """Return the squashed files among others, in their order."""
    return tuple(
        Squashed(file, tuple(Member(*each) for each in members(file.header["Squashes"])))
        for file in migrations
        if "Squashes" in file.header
    )


def counted_as_there(ready: Collection[str], squashed: Iterable[Squashed]) -> set[str]:
    """Return versions with those that are there by another name.

    With a squashed file all that it stands for is there, and it is where all of these are.
    """
    found = set(ready)
    for each in squashed:
        if each.file.version in found:
            found |= each.versions
    for each in squashed:
        if all(_is_there(member, each, found) for member in each.within()):
            found.add(each.file.version)
    return found


def _is_there(member: Member, squashed: Squashed, found: Collection[str]) -> bool:
    if member.version in found:
        return True
    inner = tuple(squashed.within(member.version))
    return bool(inner) and all(_is_there(each, squashed, found) for each in inner)
