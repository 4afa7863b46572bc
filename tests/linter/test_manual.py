"""The manuals of the rules, and the page that is made of them."""

from __future__ import annotations

import inspect
import re
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from schema_tools.findings import Severity
from schema_tools.history import directory
from schema_tools.linter.manual import SECTIONS, as_markdown, manual_of, page
from schema_tools.linter.rule import Rule, rules

ROOT = Path(__file__).resolve().parents[2]
RULE = Rule(
    "lint.sample",
    Severity.INFO,
    """It is a sample.

## What it does

One.

## Why is this bad

Two.

## Example

```sql
-- ## no heading
```

## Use instead

Four.
""",
)


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.code)
def test_every_rule_has_all_sections(rule):
    manual = manual_of(rule)
    assert re.fullmatch(r"[^\n]+\.", manual.title)
    assert all((manual.what, manual.why, manual.example, manual.instead))
    assert "```" in manual.example
    assert "```" in manual.instead


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.code)
def test_a_rule_is_named_as_its_module(rule):
    stem = rule.code.removeprefix("lint.").replace(".", "_")
    module = ROOT / "schema_tools" / "linter" / "rules" / f"{stem}.py"
    assert f'"{rule.code}"' in module.read_text(encoding="utf-8")


def test_what_a_folder_can_be_blamed_for_is_explained():
    source = inspect.getsource(directory)
    codes = {f"file.{aspect}" for aspect in re.findall(r'_problem\(\s*"(\w+)"', source)}
    assert {"file.gap", "file.unreadable"} <= codes
    assert codes <= set(rules())


def test_the_sections_are_what_stands_below_their_headings():
    manual = manual_of(RULE)
    assert (manual.title, manual.what, manual.why) == ("It is a sample.", "One.", "Two.")
    assert manual.example == "```sql\n-- ## no heading\n```"
    assert manual.instead == "Four."


@pytest.mark.parametrize(
    "text",
    [
        None,
        "Only a sentence.",
        RULE.manual.replace("It is a sample.", ""),
        RULE.manual.replace("Four.", ""),
        RULE.manual.replace("## Example", "## Examples"),
        *(RULE.manual.replace(f"## {name}\n", "") for name in SECTIONS),
    ],
)
def test_a_manual_that_lacks_a_part_is_refused(text):
    with pytest.raises(ValueError, match=r"the manual of lint\.sample does not consist of"):
        manual_of(replace(RULE, manual=text))


def test_a_rule_as_markdown():
    assert as_markdown(RULE, level=2) == (
        "## lint.sample\n\n*info*: It is a sample.\n\n### What it does\n\nOne.\n\n"
        "### Why is this bad\n\nTwo.\n\n### Example\n\n```sql\n-- ## no heading\n```\n\n"
        "### Use instead\n\nFour.\n"
    )


def test_the_page_lists_the_worst_first():
    worse = replace(RULE, code="lint.worse", severity=Severity.CRITICAL)
    text = page([RULE, worse])
    assert "| [`lint.worse`](#lintworse) | critical | It is a sample. |\n| [`lint.sample`]" in text
    assert text.index("## lint.worse") < text.index("## lint.sample")


def test_the_page_in_docs_is_up_to_date(capsysbinary):
    runpy.run_module("schema_tools.linter", run_name="__main__")
    written = capsysbinary.readouterr().out
    assert (ROOT / "docs" / "lint-rules.md").read_bytes() == written, (
        "write it anew: python -m schema_tools.linter > docs/lint-rules.md"
    )


@pytest.mark.process
def test_the_page_is_written_without_django():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "schema_tools.linter"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
    )
    assert done.stdout.startswith("# Lint rules")
    assert not re.search(r"\| +(django|psycopg)$", done.stderr, re.MULTILINE)
