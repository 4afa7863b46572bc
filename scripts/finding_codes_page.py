"""The page of all codes that a finding can have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from schema_tools import errors
from schema_tools.linter.manual import manual_of
from schema_tools.linter.rule import rules
from schema_tools.management.exit_codes import exit_code
from scripts.finding_codes import codes_in_source
from scripts.markdown import MADE, cell, said

PACKAGE = Path(__file__).resolve().parent.parent / "schema_tools"
PAGE = """\
# Codes of findings

{made} A code keeps its meaning: `IGNORE`, `--explain`
and programs go by it. `…` and words in capitals stand for what differs from case to case.

## Differences between models, SQL files and database

`KIND.ASPECT`, such as `column.type`. [Kinds](../kinds.md) lists the kinds and their aspects, and
which of them are critical. Besides, each kind has

| aspect | says |
|---|---|
| `missing` | it is not there, where other sides have it |
| `extra` | it is there, where other sides do not have it |
| `renamed` | it only has another name |

## Lint rules

| code | says | severity |
|---|---|---|
{lint}
## Files, history and known findings

| code | severity | says → what to do |
|---|---|---|
{others}
## Errors

An error that ends a command is a finding of its report, too: `error.` and the kind of error,
always critical. Other classes of Python, Django and psycopg give codes in the same way.

| code | says | exit code |
|---|---|---|
{errors}
## System checks

[System checks](../checks.md) have ids of their own, such as `schema_tools.W011`.
"""


def page() -> str:
    """Return the page of all codes that a finding can have."""
    return PAGE.format(
        made=MADE, lint=_lint_codes(), others=_scanned_codes(), errors=_error_codes()
    )


def _lint_codes() -> str:
    return "".join(
        f"| [`{code}`](../lint-rules.md#{code.replace('.', '')}) | {manual_of(rule).title} "
        f"| {rule.severity.label} |\n"
        for code, rule in sorted(rules().items())
    )


def _scanned_codes() -> str:
    return "".join(
        f"| `{each.code}` | {each.severity} "
        f"| {cell(' → '.join(filter(None, (each.says, each.hint))))} |\n"
        for each in codes_in_source(PACKAGE)
        if each.code not in rules()
    )


def _error_codes() -> str:
    return "".join(
        f"| `error.{re.sub(r'(?<=[a-z])(?=[A-Z])', '_', each.__name__).lower()}` "
        f"| {said(each)} | {_code_of(each)} |\n"
        for each in sorted(_subclasses(errors.SchemaToolsError), key=lambda each: each.__name__)
    )


def _subclasses(parent: type[BaseException]) -> Iterator[type[BaseException]]:
    for each in parent.__subclasses__():
        if each.__module__ == errors.__name__:
            yield each
            yield from _subclasses(each)


def _code_of(error: type[BaseException]) -> str:
    if error is errors.Interrupted:
        return "128 + the signal's number"
    return str(exit_code(error.__new__(error)))
