"""The pages can be built: no warning, none outside of the contents, nothing from the web."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(
        importlib.util.find_spec("sphinx") is None,
        reason="NOT RUN: the pages are not built; `make docs` installs Sphinx and builds them",
    ),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """The pages as HTML; Sphinx ends with 1 where there is a warning."""
    folder = tmp_path_factory.mktemp("built")
    arguments = ["--builder", "html", "--fail-on-warning", "--keep-going", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *arguments, ROOT / "docs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_each_page_is_built(built: Path) -> None:
    docs = [page.relative_to(ROOT / "docs") for page in PAGES if ROOT / "docs" in page.parents]
    assert {page for page in docs if not (built / page).with_suffix(".html").exists()} == set()
    assert (built / "_project" / "readme.html").exists()


def test_a_page_loads_nothing_from_elsewhere(built: Path) -> None:
    for page in built.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe)[^>]* src=\"(https?:[^\"]+)", text)
        loaded += re.findall(r"<link[^>]* href=\"(https?:[^\"]+)", text)
        assert loaded == [], page


def test_styles_load_nothing_from_elsewhere(built: Path) -> None:
    for sheet in built.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", text), sheet
