"""The page that lists the kinds of object, made from the kinds themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields

from schema_tools.findings import Severity
from schema_tools.schema.objects import Kind

_PLACE = frozenset({"schema", "name", "table"})
_INTRODUCTION = """\
# Kinds of object

What is read of a database, and compared. Each aspect is the second part of a finding's code
(`column.type`); every kind has `missing`, `extra` and, where a statement can rename it, `renamed`
besides. What belongs to an extension is the extension's and is not listed by itself. Aspects in
*italics* are warnings or notes, all others are critical (where † stands, it depends on the object:
an index that is not unique is about speed only). Models are held against the kinds that are
marked; all kinds are compared between SQL files and database.

Never compared: rows, the positions of sequences, statistics that ANALYZE gathers, tablespaces,
large objects, roles themselves, passwords and other secrets, the settings of the server.

| kind | models | what it is | aspects |
|---|---|---|---|
"""


def page(kinds: Iterable[Kind]) -> str:
    """Return the page, in Markdown."""
    return _INTRODUCTION + "".join(_rows(sorted(kinds, key=lambda kind: kind.name)))


def _rows(kinds: Iterable[Kind]) -> Iterator[str]:
    for kind in kinds:
        models = "yes" if kind.in_models else ""
        summary = _summary(kind).partition(":")[0].rstrip(".")
        aspects = ", ".join(_aspect(kind, name) for name in _aspects(kind))
        depends = "" if kind.severity_of is None else " †"
        yield f"| `{kind.name}`{depends} | {models} | {summary} | {aspects} |\n"


def _summary(kind: Kind) -> str:
    module = sys.modules[f"{__package__}.kinds.{kind.name}"]
    return (module.__doc__ or "").splitlines()[0]


def _aspects(kind: Kind) -> list[str]:
    return [each.name for each in fields(kind.type) if each.compare and each.name not in _PLACE]


def _aspect(kind: Kind, name: str) -> str:
    is_critical = kind.severities.get(name, Severity.CRITICAL) is Severity.CRITICAL
    return name if is_critical else f"*{name}*"
