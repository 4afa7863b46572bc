"""What a finding's code means, in words that stay the same from run to run."""

from __future__ import annotations

from dataclasses import dataclass

# The families of codes that no object and no lint rule stands behind.
_FAMILIES = {
    "file": "An SQL migration file cannot be used as it stands.",
    "history": "The SQL files and the history of what was applied do not fit together.",
    "error": "The command ended before it could say more.",
    "ignore": "An entry of the setting IGNORE does not do what it was written for.",
    "baseline": "An entry of the baseline does not fit any more.",
    "django": "Django's own tables do not fit what was applied.",
}
_PAGES = "More: docs/verdicts.md and docs/kinds.md of django-schema-tools."
_ASPECTS = {
    "missing": "{a} that should be there is missing.",
    "extra": "{a} is there that should not be.",
    "renamed": "{a} has another name.",
}


@dataclass(frozen=True, slots=True)
class RuleText:
    """The sentence that says what a code is about, and its manual as text and as Markdown."""

    title: str
    text: str
    markdown: str


def rule_text(code: str) -> RuleText:
    """Return what a code means: the manual of its lint rule, or words about kind and aspect."""
    from schema_tools.linter.manual import as_markdown, manual_of  # only SARIF explains
    from schema_tools.linter.rule import rules

    rule = rules().get(code)
    if rule is not None and rule.manual is not None:
        manual = manual_of(rule)
        said = f"{manual.what}\n\nWhy is this bad: {manual.why}\n\nUse instead: {manual.instead}"
        return RuleText(manual.title, said, as_markdown(rule))
    title = _title(*code.split(".", 1))
    return RuleText(title, f"{title} {_PAGES}", f"{title} {_PAGES}")


def _title(family: str, aspect: str = "") -> str:
    if family in _FAMILIES:
        return f"{_FAMILIES[family][:-1]}: {aspect.replace('_', ' ')}."
    kind = family.replace("_", " ")
    a = f"{'An' if kind[:1] in 'aeiou' else 'A'} {kind}"
    if aspect in _ASPECTS:
        return _ASPECTS[aspect].format(a=a)
    return f"The {aspect.replace('_', ' ')} of {a[:1].lower()}{a[1:]} is not the same everywhere."
