"""The manual of a rule: one sentence and four sections, read from its module's docstring."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from schema_tools.linter.rule import Rule

SECTIONS = ("What it does", "Why is this bad", "Example", "Use instead")

_SECTION = re.compile(r"^## (.+)\n", re.MULTILINE)
_PREFACE = """\
# Lint rules

`manage.py sqlmigrate_lint` reads the migration files, without a database, and says what is in
them against these rules. `manage.py sqlmigrate_lint --explain CODE` shows one of them.

A finding is silenced where it stands, by a comment on the line before it or on the same line, with
the reason behind the code:

```sql
-- schema_tools: ignore lint.foreign_key_index The table holds five rows and is never deleted from.
```

For a finding about the file as a whole the comment stands above the first statement. An ignore
without a reason, or one that silences nothing, is a finding itself (`lint.ignore`). In the middle
of a statement of the rollback part write `-- --` before it, so that it stays a comment there. A
file that is applied is not edited any more: it can be named in
[`IGNORE`](known-findings.md#for-sqlmigrate_lint). A project that is of another mind about a rule's
severity gives it another one in [`RULES`](known-findings.md#another-severity).

This page is generated from the rules: `python -m schema_tools.linter`.
"""


@dataclass(frozen=True, slots=True)
class Manual:
    """What a rule's docstring says; the sections are Markdown."""

    title: str
    what: str
    why: str
    example: str
    instead: str


def manual_of(rule: Rule) -> Manual:
    """Return the manual of a rule.

    Raises ValueError for a docstring without a first sentence or one of the sections, in their
    order; under ``python -OO`` there is none at all.
    """
    title, *parts = _SECTION.split(rule.manual or "")
    texts = [part.strip() for part in (title, *parts[1::2])]
    if tuple(parts[::2]) != SECTIONS or not all(texts):
        raise ValueError(
            f"the manual of {rule.code} does not consist of a sentence and the sections "
            f"{', '.join(SECTIONS)}"
        )
    return Manual(*texts)


def as_markdown(rule: Rule, *, level: int = 1) -> str:
    """Return a rule's manual as text, with headings from a level on."""
    manual = manual_of(rule)
    texts = (manual.what, manual.why, manual.example, manual.instead)
    sections = [
        f"{'#' * (level + 1)} {name}\n\n{text}" for name, text in zip(SECTIONS, texts, strict=True)
    ]
    heading = f"{'#' * level} {rule.code}\n\n*{rule.severity.label}*: {manual.title}"
    return "\n\n".join((heading, *sections)) + "\n"


def page(rules: Iterable[Rule]) -> str:
    """Return the page that explains the rules, those first that the file must obey to run."""
    ordered = sorted(rules, key=lambda rule: (-rule.severity, rule.code))
    contents = "".join(
        f"| [`{rule.code}`](#{rule.code.replace('.', '')}) | {rule.severity.label} "
        f"| {manual_of(rule).title} |\n"
        for rule in ordered
    )
    table = f"| rule | severity | says |\n|---|---|---|\n{contents}"
    return "\n".join((_PREFACE, table, *(as_markdown(rule, level=2) for rule in ordered)))
