"""A cause of a difference, and what to do in its light."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Because:
    """A cause: what to do in its light, and what that makes of the SQL at hand.

    ``is_unwritten`` says that Django has a migration to write, which says it all; ``is_meant``
    that an app may need the database as it is.
    """

    hint: str
    is_unwritten: bool = False
    is_meant: bool = False


NO_CAUSE = Because("")
