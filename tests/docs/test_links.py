"""Links of the pages lead somewhere: to a file, and to a heading in it."""

from __future__ import annotations

import itertools
import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, name_of, tokens

_NO_WORD = re.compile(r"[^\w\- ]")


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return the anchors of a page's headings, as GitHub and the built pages make them."""
    found: dict[str, int] = {}
    for before, token in itertools.pairwise(tokens(page)):
        if before.type == "heading_open":
            slug = _NO_WORD.sub("", token.content.lower()).replace(" ", "-")
            number = found.setdefault(slug, 0)
            found[slug] += 1
            if number:
                found[f"{slug}-{number}"] = 1
    return frozenset(found)


def links(page: Path) -> list[str]:
    """Return where a page leads to."""
    children = [child for token in tokens(page) for child in token.children or ()]
    return [str(child.attrs["href"]) for child in children if child.type == "link_open"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith(("http://", "https://")):
            continue
        place, _hash, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), f"{link}: there is no {place}"
        assert ROOT in target.parents, f"{link} leads out of the project"
        assert not anchor or anchor in anchors(target), f"{link}: there is no such heading"


def test_every_page_is_in_an_index() -> None:
    indexes = [DOCS / "index.md", DOCS / "decisions" / "index.md"]
    listed = {(index.parent / link).resolve() for index in indexes for link in links(index)}
    pages = {page for page in PAGES if DOCS in page.parents}
    assert pages - listed - {indexes[0]} == set()
