"""Markdown: what comes from the database stays text, and the comment is never too long."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from schema_tools.findings import Finding, NotChecked, Remedy, Report, Severity
from schema_tools.keys import Key
from schema_tools.reports.characters import visible
from schema_tools.reports.formats.markdown import LIMIT
from schema_tools.reports.markdown import block, code, html, prose, table
from schema_tools.reports.style import Style
from tests.reports.samples import (
    COLUMN,
    HOSTILE,
    INDEX,
    REPORTS,
    TEXTS,
    VIEW,
    WHOLE,
    rendered,
)

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
NOTHING = "\u200b"
# GitHub documentation, Autolinked references; GFM Spec, Autolinks (extension).
_LINKED = r"(?i)@\w|#\d|[a-z]://|\bwww\.|\bgh-\d"
OURS = re.compile(r"</?(details|summary|b)>|<br>|<!-- schema_tools -->")


def inline(tokens: list[Token]) -> list[Token]:
    """Return all tokens within lines."""
    return [child for token in tokens for child in token.children or ()]


def said(text: str) -> str:
    """Return the lines of a text, white space folded, as they shall be read."""
    lines = (" ".join(line.split()) for line in visible(text).splitlines())
    return "\n".join(filter(None, lines)).replace(NOTHING, "")


def words_of(tokens: list[Token]) -> str:
    """Return the text of a line's tokens, which are nothing but text and line breaks."""
    parts = []
    for token in tokens:
        assert token.type in {"text", "text_special", "html_inline"}, token
        assert token.type != "html_inline" or token.content == "<br>"
        parts.append("\n" if token.type == "html_inline" else token.content)
    return "".join(parts).replace(NOTHING, "")


@given(TEXTS)
def test_prose_is_nothing_but_its_words(text: str) -> None:
    tokens = READER.parse(prose(text))
    assert [token.type for token in tokens if token.type != "inline"] in (
        [],
        ["paragraph_open", "paragraph_close"],
    )
    # A blank that cannot be broken is at a line's end no other than one that can.
    assert words_of(inline(tokens)).strip() == said(text).strip()


@given(TEXTS)
def test_prose_in_a_list_stays_a_paragraph(text: str) -> None:
    kinds = {token.type for token in READER.parse(f"- {prose(f'x {text}')}")}
    assert kinds <= {
        "bullet_list_open", "list_item_open", "paragraph_open", "inline", "paragraph_close",
        "list_item_close", "bullet_list_close",
    }  # fmt: skip


@given(TEXTS)
def test_prose_mentions_nobody_and_links_nowhere(text: str) -> None:
    shown = "".join(token.content for token in inline(READER.parse(prose(text))))
    assert not re.search(_LINKED, shown)


@given(TEXTS)
def test_code_is_its_text_in_one_line(text: str) -> None:
    tokens = inline(READER.parse(f"at {code(text)}."))
    expected = " ".join(visible(text).splitlines())
    if not expected.strip():
        assert [token.content for token in tokens] == ["at (blank)."]
        return
    assert [token.type for token in tokens] == ["text", "code_inline", "text"]
    assert tokens[1].content == expected


@given(TEXTS)
def test_a_block_holds_its_text(text: str) -> None:
    (token,) = READER.parse(block(text, "sql"))
    assert token.type == "fence"
    assert token.content.rstrip("\n") == visible(text).replace("\r", "\\r").rstrip("\n")


@given(TEXTS, TEXTS)
def test_a_table_keeps_its_cells(first: str, second: str) -> None:
    tokens = READER.parse(table(("one", "two"), ((f"x {first}", f"y {second}"),)))
    cells = [words_of(token.children or []) for token in tokens if token.type == "inline"]
    assert [cell.strip() for cell in cells] == [
        "one", "two", said(f"x {first}").strip(), said(f"y {second}").strip(),
    ]  # fmt: skip


@given(TEXTS)
def test_html_has_no_tags(text: str) -> None:
    shown = html(text)
    assert not {"<", ">", "\n", "\r"} & {*shown}
    assert not re.search(_LINKED, unescape(shown))
    assert unescape(shown).replace(NOTHING, "").split() == said(text).split()


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_the_only_markup_is_ours(report: Report) -> None:
    text = rendered("markdown", report)
    tokens = READER.parse(text)
    for token in [*tokens, *inline(tokens)]:
        assert token.type not in {"link_open", "image", "em_open", "s_open"}
        if token.type.startswith("html_"):
            ours = {each.group() for each in OURS.finditer(token.content)}
            assert {*re.findall(r"<[^>]*>", token.content)} == ours
    assert text.count("<details>") == text.count("</details>")


def test_a_hostile_text_ends_no_fold() -> None:
    finding = replace(COLUMN, message="</summary></details><script>", hint="</details>")
    text = rendered("markdown", Report("", (finding,)))
    assert "<script" not in text
    assert text.count("</details>") == 1


def test_the_summary_is_first_and_findings_are_folded_worst_first() -> None:
    lines = rendered("markdown", WHOLE).splitlines()
    assert lines[:2] == ["<!-- schema_tools -->", f"### ❌ {prose(WHOLE.title)}"]
    standing = "not ok; 2 critical findings, 2 warnings, 1 note; 1 known; 1 not checked"
    assert lines[3] == f"**{standing}**"
    folds = [line for line in lines if line.startswith("<summary>")]
    assert [fold.split(" ")[0] for fold in folds[:4]] == [
        "<summary>❌", "<summary>❌", "<summary>⚠️", "<summary>ℹ️",
    ]  # fmt: skip


def test_neither_width_nor_colour_matter() -> None:
    assert rendered("markdown", WHOLE, Style(width=40, colour=True)) == rendered("markdown", WHOLE)


def many(number: int, *, length: int = 30) -> Report:
    """Return a report of as many findings, the last one critical."""
    findings = [
        replace(
            INDEX,
            message=f"index {at} " + "@" * length,
            subject=Key("index", "public", f"t{at % 50}", f"i{at}"),
            remedies=(Remedy("database", "undo", f"CREATE INDEX i{at}" + "é" * length),),
        )
        for at in range(number)
    ]
    last = replace(findings[-1], severity=Severity.CRITICAL, message="the worst of all")
    left_out = tuple(NotChecked(f"thing {at}", "too many " * length) for at in range(number))
    return Report("Many", (*findings[:-1], last), left_out, summary="@" * 9_000, ok=False)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize(("number", "length"), [(300, 30), (3_000, 3), (40, 5_000)])
def test_a_comment_is_never_too_long_and_says_what_is_left_out(
    encoding: str, number: int, length: int
) -> None:
    report = many(number, length=length)
    text = rendered("markdown", report, Style(encoding=encoding))
    assert len(text.encode("utf-16-le")) // 2 <= LIMIT
    assert "the worst of all" in text
    note = re.search(r"\*\*Left out, for GitHub takes 65,536 characters: (.*)\.\*\*", text)
    assert note, text[:300]
    shown = len(re.findall(r"\*\*index.missing\*\*", text))
    assert note[1] == f"{number - shown} warning"
    assert f"Not checked: {number}" in text
    assert re.search(r"- (…|\.\.\.) and \d+ more", text)


def test_a_comment_of_wide_characters_is_not_too_long() -> None:
    findings = tuple(replace(INDEX, message="😀" * 1_400) for _ in range(60))
    assert len(rendered("markdown", Report("", findings)).encode("utf-16-le")) // 2 <= LIMIT


def test_what_does_not_fit_whole_is_shown_without_its_details() -> None:
    long = replace(VIEW, values=dict.fromkeys("abcdefghijklmnopqrst", "x\n" * 9_000))
    text = rendered("markdown", Report("", (long,)))
    assert "another one in the database" in text
    assert "Left out" not in text
    assert "…" in text


def test_tables_that_do_not_fit_are_named() -> None:
    rows = tuple(("x" * 100, "y") for _ in range(900))
    report = replace(WHOLE, tables=(replace(WHOLE.tables[0], rows=rows),))
    assert "Left out, for GitHub takes 65,536 characters: tables or SQL." in rendered(
        "markdown", report
    )


def test_nothing_is_left_out_of_a_short_report() -> None:
    assert "Left out" not in rendered("markdown", WHOLE)
    assert "Left out" not in rendered("markdown", HOSTILE)


def test_a_finding_without_any_place_is_shown() -> None:
    finding = Finding("error.odd", Severity.CRITICAL, "something is odd")
    assert "**error.odd**<br>something is odd" in rendered("markdown", Report("", (finding,)))
