"""New numbers for files that another branch has come before: values, no I/O."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from schema_tools.history.files import is_timestamp
from schema_tools.history.numbers import next_number

_DEPENDENCIES = re.compile(
    rb"^([ \t]*--+[ \t]*Dependencies[ \t]*:)(.*)$", re.IGNORECASE | re.MULTILINE
)
_VERSION = re.compile(rb"(?<!\w)[0-9]{3,}_\w+")
_NUMBER = re.compile(rb"(?<!\w)[0-9]+(?!\w)")


@dataclass(frozen=True, slots=True)
class Moved:
    """A new file and what becomes of it: its version, its content, how many lines are others."""

    version: str
    becomes: str
    content: bytes
    lines: int

    @property
    def is_renamed(self) -> bool:
        """Return whether the file gets another name."""
        return self.version != self.becomes


def new_versions(versions: Iterable[str], last: str, now: datetime) -> dict[str, str]:
    """Return what becomes of new versions, in their order, behind the last one of another branch.

    A time that is later than the one before it stays; numbers follow each other without a gap.
    """
    becomes = {}
    number = last.partition("_")[0]
    for version in versions:
        own, _dash, name = version.partition("_")
        later = is_timestamp(int(own)) and int(own) > int(number or 0)
        number = own if later else next_number(number, now)
        becomes[version] = f"{number}_{name}"
    return becomes


def moved(
    content: Mapping[str, bytes], becomes: Mapping[str, str], known: Collection[str]
) -> tuple[Moved, ...]:
    """Return the files that change, in the order of ``becomes``: by name, or in what they name.

    ``known`` are the versions that there are.
    """
    former = former_versions(content.values(), becomes, known)
    result = []
    for version, name in becomes.items():
        before = content[version]
        after = with_new_names(before, becomes, former)
        lines = sum(
            one != other
            for one, other in zip(before.splitlines(), after.splitlines(), strict=True)
        )
        if version != name or lines:
            result.append(Moved(version, name, after, lines))
    return tuple(result)


def former_versions(
    contents: Iterable[bytes], becomes: Mapping[str, str], known: Collection[str]
) -> dict[str, str]:
    """Return what has become of versions that files depend on and that are not there any more.

    In a rebase an earlier commit's file has its new number already; of a new file with the same
    name behind its number there must be one alone.
    """
    named = {
        word[0].decode()
        for content in contents
        for line in _DEPENDENCIES.finditer(content)
        for word in _VERSION.finditer(line[2])
    }
    by_name: dict[str, list[str]] = {}
    for version in becomes.values():
        by_name.setdefault(version.partition("_")[2], []).append(version)
    found = {}
    for version in named.difference(known, becomes):
        now = by_name.get(version.partition("_")[2], [])
        if len(now) == 1:
            found[version] = now[0]
    return found


def with_new_names(
    content: bytes, becomes: Mapping[str, str], former: Mapping[str, str] = MappingProxyType({})
) -> bytes:
    """Return a file's content with each old version replaced, wherever it stands as a word.

    In a ``Dependencies:`` line a number alone means a version, too. Bytes, for everything else is
    to stay as it is, whatever its line ends and its encoding.
    """
    names = {
        old.encode(): new.encode() for old, new in {**former, **becomes}.items() if old != new
    }
    if not names:
        return content
    numbers = {
        int(old.partition("_")[0]): new.partition("_")[0].encode()
        for old, new in becomes.items()
        if old != new
    }
    content = _DEPENDENCIES.sub(
        lambda line: (
            line[1] + _NUMBER.sub(lambda word: numbers.get(int(word[0]), word[0]), line[2])
        ),
        content,
    )
    version = rb"(?<!\w)(?:" + b"|".join(map(re.escape, sorted(names, reverse=True))) + rb")(?!\w)"
    return re.sub(version, lambda word: names[word[0]], content)
