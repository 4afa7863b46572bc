"""SQL files and Django's migrations in one order: whose turn it is after whom."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from schema_tools.history.header import listed
from schema_tools.history.plan import Step


@dataclass(frozen=True, slots=True)
class Turn:
    """Django's migrations that run before a file, by their names; behind all files it is None."""

    django: tuple[str, ...]
    step: Step | None = None

    @property
    def version(self) -> str | None:
        """Return the version of the file."""
        return self.step.migration.version if self.step else None


def in_turns(
    steps: Sequence[Step],
    applied: Collection[str],
    *,
    needs: Callable[[str], Iterable[str]],
    rest: Iterable[str],
) -> tuple[Turn, ...]:
    """Return the turns of files and Django's migrations; the last one has no file.

    ``needs`` returns a migration with all that it builds upon, in their order; ``rest`` are those
    to run in the end. A migration comes as late as a file lets it: it may build upon tables of
    files, which no header says.
    """
    done = set(applied)
    turns = [Turn(tuple(_new(_required(step), needs, done)), step) for step in steps]
    return (*turns, Turn(tuple(_new(rest, needs, done))))


def _required(step: Step) -> tuple[str, ...]:
    return listed(step.migration.header, "Requires") if step.direction != "down" else ()


def _new(
    names: Iterable[str], needs: Callable[[str], Iterable[str]], done: set[str]
) -> Iterator[str]:
    for name in names:
        for each in needs(name):
            if each not in done:
                done.add(each)
                yield each
