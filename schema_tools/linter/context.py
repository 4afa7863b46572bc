"""What a rule may look at: a file, the files beside it, and what they make together."""

from __future__ import annotations

from dataclasses import dataclass

from schema_tools.history.migration import Migration
from schema_tools.linter.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Context:
    """A migration file among those of its folder.

    ``folder`` holds all files that could be read, in their order, this one included; ``catalog``
    is what all of them leave behind.
    """

    migration: Migration
    folder: tuple[Migration, ...]
    catalog: Catalog
