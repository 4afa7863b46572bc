"""The report formats: one module of ``reports.formats`` each, found by itself."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from schema_tools.findings import Report
from schema_tools.plugins import load_plugins
from schema_tools.reports import formats as folder
from schema_tools.reports.style import Style


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a report down; ``render`` returns the whole text, last newline included."""

    name: str
    render: Callable[[Report, Style], str]


@functools.cache
def formats() -> Mapping[str, Format]:
    """Return the formats by name, in the order of their names."""
    return MappingProxyType(
        load_plugins(folder, "FORMAT", Format, key=lambda report_format: report_format.name)
    )
