"""One file for each kind of database object."""

from __future__ import annotations

import functools
import sys
from graphlib import TopologicalSorter

from schema_tools.plugins import load_plugins
from schema_tools.schema.objects import Kind


@functools.cache
def kinds() -> dict[str, Kind]:
    """Return every kind by its name, those first that others are made of."""
    found = load_plugins(sys.modules[__name__], "KIND", Kind, key=lambda kind: kind.name)
    order = TopologicalSorter({name: kind.after for name, kind in found.items()}).static_order()
    return {name: found[name] for name in order}
