"""The checksum of the statements that took effect, by which a later run knows them again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from schema_tools.history.migration import Statement


class DoneChecksum:
    """The checksum of the first so many statements, carried on from one to the next."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._statements = statements
        self._begin()

    def _begin(self) -> None:
        self._count = 0
        self._digest = hashlib.sha256()

    def after(self, done: int) -> str:
        """Return the checksum of the first ``done``; asked in their order each is read once."""
        if done < self._count:
            self._begin()
        for statement in self._statements[self._count : done]:
            self._digest.update(statement.text.encode() + b"\0")
        self._count = done
        return self._digest.hexdigest()


def done_checksum(statements: Sequence[Statement]) -> str:
    """Return the checksum of all these statements."""
    return DoneChecksum(statements).after(len(statements))
