"""The pages that are made from the code are as the code makes them now."""

from __future__ import annotations

from pathlib import Path

import pytest

from schema_tools import errors
from scripts import reference
from scripts.finding_codes import WORDS, Code, codes_in_source

DOCS = Path(__file__).resolve().parents[2] / "docs"
PACKAGE = Path(__file__).resolve().parents[2] / "schema_tools"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference.pages()


@pytest.mark.parametrize(
    "name",
    [
        "commands.md",
        "kinds.md",
        "lint-rules.md",
        "reference/commands.md",
        "reference/exit-codes.md",
        "reference/finding-codes.md",
        "settings.md",
        "tolerances.md",
    ],
)
def test_a_page_is_what_the_code_makes(name: str, pages: dict[str, str]) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == pages[name], "run make docs-reference"


def test_no_page_is_left_out(pages: dict[str, str]) -> None:
    made = {path.relative_to(DOCS).as_posix() for path in (DOCS / "reference").iterdir()}
    assert made <= set(pages)


def test_a_page_without_its_marks_is_refused(tmp_path, monkeypatch) -> None:
    (tmp_path / "settings.md").write_text("# Settings\n", encoding="utf-8")
    monkeypatch.setattr(reference, "DOCS", tmp_path)
    with pytest.raises(SystemExit, match=r"settings\.md has no part between <!-- reference: sett"):
        reference.with_part("settings.md", "settings", reference.settings)


def test_a_setting_of_which_nobody_has_said_what_it_means_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"docs/settings\.md: say what MIGRATIONS_DIR, "):
        reference.settings("| key | means | default |\n|---|---|---|\n")


def test_a_code_is_told_with_the_words_of_its_place(tmp_path) -> None:
    (tmp_path / "here.py").write_text(
        "def late(version, other):\n"
        "    return problem('late', f'{version} is late by {other()} days'\n"
        "        ' or more', hint=f'Wait: {_resolve(version)}')\n"
        "def odd(code):\n"
        "    yield Finding(code='ignore.odd', severity=Severity.WARNING, message='odd')\n"
        "    yield Finding(code, Severity.INFO, 'nobody can know')\n",
        encoding="utf-8",
    )
    assert codes_in_source(tmp_path) == (
        Code(
            "history.late",
            "critical",
            "VERSION is late by … days or more",
            "Wait: manage.py sqlmigrate_resolve VERSION",
        ),
        Code("ignore.odd", "warning", "odd", ""),
    )


def test_words_that_replace_those_of_the_source_are_of_codes_that_there_are() -> None:
    assert set(WORDS) <= {each.code for each in codes_in_source(PACKAGE)}


def test_each_error_has_a_row(pages: dict[str, str]) -> None:
    page = pages["reference/finding-codes.md"]
    own = [name for name, each in vars(errors).items() if isinstance(each, type)]
    assert "| `error.lock_held` |" in page
    assert page.count("\n| `error.") == len(set(own) - {"SchemaToolsError", "Terminated"}) + 1
