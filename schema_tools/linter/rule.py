"""What a lint rule is: a code, a severity, a check, and the manual that its module begins with."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from schema_tools.findings import Severity
from schema_tools.linter import rules as folder
from schema_tools.linter.context import Context
from schema_tools.plugins import load_plugins


@dataclass(frozen=True, slots=True)
class Flaw:
    """What a rule found: the line (0 for the file as a whole), and what to write instead."""

    line: int
    message: str
    hint: str


Check = Callable[[Context], Iterator[Flaw]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A lint rule; ``manual`` is its module's docstring, of which ``--explain`` and docs are made.

    ``check`` is None for what the reading of the folder finds by itself, where the rule only
    explains the code. ``ignorable`` says whether a comment in the file may silence it: not what
    the other commands refuse, too.
    """

    code: str
    severity: Severity
    manual: str | None
    check: Check | None = None
    ignorable: bool = True


@functools.cache
def rules() -> Mapping[str, Rule]:
    """Return every rule by its code, in the order of their modules' names."""
    return MappingProxyType(load_plugins(folder, "RULE", Rule, key=lambda rule: rule.code))
