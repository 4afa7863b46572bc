"""The codes that the pages name are codes that findings can have."""

from __future__ import annotations

import re
from dataclasses import fields
from functools import cache

import pytest

from schema_tools.linter.rule import rules
from schema_tools.schema.comparison.verdict import Verdict
from schema_tools.schema.kinds import kinds
from scripts.finding_codes import codes_in_source
from tests.docs.pages import DOCS, PAGES, ROOT, name_of

FAMILIES = {"file", "history", "lint", "ignore", "baseline", "django"}
FILES = {"schema.lock"}
_CODE = re.compile(r"`([a-z_]+)\.([a-z_]+)`")


@cache
def known() -> set[str]:
    """Return every code: of lint rules, in the source, and of the aspects of each kind."""
    aspects = {
        f"{kind.name}.{aspect}"
        for kind in kinds().values()
        for aspect in ("missing", "extra", "renamed", *(each.name for each in fields(kind.type)))
    }
    return aspects | set(rules()) | {each.code for each in codes_in_source(ROOT / "schema_tools")}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_codes_are_known(page) -> None:
    text = page.read_text(encoding="utf-8")
    named = {f"{a}.{b}" for a, b in _CODE.findall(text) if a in FAMILIES | set(kinds())}
    assert named - known() - FILES == set()


def test_the_analysis_of_issues_names_a_code_or_a_verdict_for_each() -> None:
    page = (DOCS / "schema-issues.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| ")]
    found_as = [row[4] for row in rows if row[1].strip() != "fault"]
    assert len(found_as) > 30
    for cell in found_as:
        words = set(re.findall(r"`([a-z_.]+)`", cell))
        assert words & (known() | set(Verdict)) or "aspect" in cell, cell
