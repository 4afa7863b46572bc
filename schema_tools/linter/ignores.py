"""Comments that silence a finding where it stands: ``-- schema_tools: ignore CODE reason``."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schema_tools.lexer import Kind, line_at, tokens_and_comments
from schema_tools.linter.rule import Flaw, Rule

CODE = "lint.ignore"

_IGNORE = re.compile(
    r"--\s*schema_tools:\s*ignore\b[ \t]*(?P<code>[\w.]*)[ \t:,–—-]*(?P<reason>.*)", re.IGNORECASE
)
_FORM = "Write -- schema_tools: ignore CODE and then the reason."


@dataclass(frozen=True, slots=True)
class Ignore:
    """A comment that silences a code on the lines that it covers; line 0 is the whole file."""

    code: str
    reason: str
    line: int
    covers: frozenset[int]


def read_ignores(text: str) -> tuple[Ignore, ...]:
    """Return the comments of a file's text that are meant to silence something.

    Each covers its own line and the next, other such comments in between not counted; one that
    stands above the first statement covers the file as a whole, too.
    """
    found: dict[int, re.Match[str]] = {}
    alone = set()
    first = 0
    for token in tokens_and_comments(text):
        if token.kind is not Kind.COMMENT:
            first = first or line_at(text, token.start)
            continue
        match = _IGNORE.search(token.text) if token.text.startswith("--") else None
        if match:
            line = line_at(text, token.start)
            found[line] = match
            before = text[text.rfind("\n", 0, token.start) + 1 : token.start + match.start()]
            if not before.strip("- \t"):
                alone.add(line)
    return tuple(
        Ignore(match["code"], match["reason"].strip(), line, _covered(line, alone, first))
        for line, match in found.items()
    )


def _covered(line: int, alone: set[int], first: int) -> frozenset[int]:
    if line not in alone:
        return frozenset({line})
    following = line + 1
    while following in alone:
        following += 1
    return frozenset({line, following} | ({0} if line < first else set()))


def heed(
    flaws: Sequence[tuple[Rule, Flaw]], ignores: Sequence[Ignore], rules: Mapping[str, Rule]
) -> tuple[list[tuple[Rule, Flaw]], list[Flaw]]:
    """Return the flaws that no comment silences, and what is wrong with the comments."""
    wrong = {each: _mistake(each, rules) for each in ignores}
    valid = [each for each in ignores if not wrong[each]]
    silenced = {
        each: [at for at, (rule, flaw) in enumerate(flaws) if _silences(each, rule, flaw)]
        for each in valid
    }
    gone = {at for places in silenced.values() for at in places}
    problems = []
    for each in ignores:
        mistake = wrong[each]
        if not mistake and not silenced[each]:
            mistake = (
                f"nothing here is to be silenced of {each.code}",
                "Take the comment out, or move it to the line before the one that is meant.",
            )
        if mistake:
            problems.append(Flaw(each.line, *mistake))
    return [pair for at, pair in enumerate(flaws) if at not in gone], problems


def _silences(ignore: Ignore, rule: Rule, flaw: Flaw) -> bool:
    return rule.code == ignore.code and flaw.line in ignore.covers


def _mistake(ignore: Ignore, rules: Mapping[str, Rule]) -> tuple[str, str] | None:
    """Return message and hint where a comment says nothing that can be done."""
    rule = rules.get(ignore.code)
    if not ignore.code:
        return "the ignore names no rule", _FORM
    if rule is None:
        near = difflib.get_close_matches(ignore.code, rules, n=1, cutoff=0.5)
        known = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(rules))}."
        return f"there is no rule {ignore.code} to ignore", known
    if not rule.ignorable:
        return (
            f"{ignore.code} cannot be ignored",
            "Take the comment out and put right what it is about.",
        )
    if not ignore.reason:
        return f"the ignore of {ignore.code} gives no reason", _FORM
    return None
