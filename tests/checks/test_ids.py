"""The ids of system checks: all documented, and none ever changes its meaning."""

from __future__ import annotations

import re
from pathlib import Path

from schema_tools.checks.ids import Id

ROOT = Path(__file__).resolve().parents[2]

# Once released, a line of this is never altered or taken out: people silence messages by their id.
MEANINGS = {
    "schema_tools.E001": "SETTINGS",
    "schema_tools.W001": "IMPORT_NAME",
    "schema_tools.W002": "FOLDER",
    "schema_tools.W003": "FILE",
    "schema_tools.W004": "DUPLICATE_NUMBER",
    "schema_tools.W005": "GAP",
    "schema_tools.W006": "PENDING",
    "schema_tools.W007": "HALF_DONE",
    "schema_tools.W008": "CHANGED",
    "schema_tools.W009": "MISSING",
    "schema_tools.W010": "OUT_OF_ORDER",
    "schema_tools.W011": "CRITICAL",
    "schema_tools.W012": "WARNING",
    "schema_tools.W013": "UNREACHABLE",
    "schema_tools.W014": "NOT_CHECKED",
    "schema_tools.W015": "OUT_OF_TIME",
    "schema_tools.W016": "FAULT",
    "schema_tools.W017": "ANOTHER_DATABASE",
}


def test_no_id_changes_its_meaning() -> None:
    assert {each.value: each.name for each in Id} == MEANINGS
    assert len(Id) == len(Id.__members__)  # no two names for one id


def test_each_id_has_one_row_in_the_documents() -> None:
    text = (ROOT / "docs/checks.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(schema_tools\.\w\d{3})`", text, re.MULTILINE) == list(MEANINGS)


def test_each_id_is_used_and_named_nowhere_else() -> None:
    folder = ROOT / "schema_tools"
    sources = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}
    literal = re.compile(r"schema_tools\.[EWI]\d{3}")
    assert {path.name for path, text in sources.items() if literal.search(text)} == {"ids.py"}
    checks = "\n".join(text for path, text in sources.items() if path.parent.name == "checks")
    assert {each.name for each in Id if f"Id.{each.name}" not in checks} == set()
