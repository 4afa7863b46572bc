"""How Sphinx builds these pages, which are plain Markdown and read well without it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = PROJECT["name"]
release = version = PROJECT["version"]
html_title = f"{project} {release}"
html_theme = "furo"
html_copy_source = False
html_show_copyright = False

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
myst_heading_anchors = 4
nitpicky = True
suppress_warnings = ["misc.highlighting_failure"]  # samples that leave something open: …
smartquotes = False  # what stands in a sentence is to be typed as it stands

# `make docs-links` asks the web; what only answers to a browser, or runs on the reader's machine,
# is not asked.
linkcheck_ignore = [r"http://localhost.*"]
linkcheck_timeout = 15

# Pages whose contents at the side are what they list.
LISTS = {"index", "decisions/index"}
# Pages beside docs/ are built with it: as copies, which version control does not know.
COPIES = "_project"
BESIDE = {name: f"{name.lower()}.md" for name in ("README", "CHANGELOG", "CONTRIBUTING")}

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_PAGE = re.compile(r"\]\(([\w/-]+)\.md\)")
_BESIDE = re.compile(r"\]\((?:\.\./)+(" + "|".join(BESIDE) + r")\.md")


def setup(app: Sphinx) -> None:
    """Build from plain Markdown, which says nothing of Sphinx."""
    app.connect("config-inited", copy_pages_beside)
    app.connect("source-read", prepare)


def copy_pages_beside(_app: Sphinx, _config: object) -> None:
    """Copy the pages beside docs/ into it; what they link to stays where it is."""
    folder = ROOT / "docs" / COPIES
    folder.mkdir(exist_ok=True)
    for name, copy in BESIDE.items():
        text = (ROOT / f"{name}.md").read_text(encoding="utf-8")
        text = text.replace("](docs/decisions/)", "](../decisions/index.md)")
        text = text.replace("](docs/", "](../").replace("](CONTRIBUTING.md", "](contributing.md")
        if not (folder / copy).exists() or (folder / copy).read_text(encoding="utf-8") != text:
            (folder / copy).write_text(text, encoding="utf-8")


def prepare(_app: Sphinx, page: str, source: list[str]) -> None:
    """Lead links to pages beside docs/ to their copies; add contents to an index."""
    up = "../" * page.count("/")
    source[0] = _BESIDE.sub(lambda found: f"]({up}{COPIES}/{BESIDE[found[1]]}", source[0])
    if page in LISTS:
        source[0] += "".join(_contents(source[0]))


def _contents(text: str) -> Iterator[str]:
    """Yield a part of the contents for each heading: the pages that are named below it."""
    preface, *parts = _HEADING.split(text)
    headings = [("", preface), *zip(parts[::2], parts[1::2], strict=True)]
    for heading, body in headings:
        pages = "\n".join(dict.fromkeys(_PAGE.findall(body)))
        caption = f":caption: {heading}\n" if heading else ""
        if pages:
            yield f"\n\n```{{toctree}}\n:hidden:\n{caption}\n{pages}\n```\n"
