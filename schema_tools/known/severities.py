"""The setting RULES: how bad a project calls findings, where it is of another mind than we are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from schema_tools.errors import ConfigurationError
from schema_tools.findings import Finding, Severity
from schema_tools.known.patterns import fits, is_code

_EXAMPLE = 'It looks like {"column.comment": "info", "lint.*": "critical"}.'
_LABELS = tuple(severity.label for severity in sorted(Severity, reverse=True))
_LEAVES_OUT = frozenset({"off", "ignore", "none", "never", "disabled", "skip", "false", ""})


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry: a pattern of findings' codes, and how bad they are."""

    code: str
    severity: Severity


def with_severities(findings: Iterable[Finding], rules: Sequence[Rule]) -> tuple[Finding, ...]:
    """Return findings as bad as the last rule that fits says; those that none fits as they are."""
    return tuple(_judged(finding, rules) for finding in findings)


def _judged(finding: Finding, rules: Sequence[Rule]) -> Finding:
    for rule in reversed(rules):
        if fits(rule.code, finding.code):
            return replace(finding, severity=rule.severity)
    return finding


def read_rules(given: object, where: str) -> tuple[Rule, ...]:
    """Return the entries of the setting; raises ConfigurationError for what is none."""
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            f"{where} is {given!r}, not a dict of codes and severities", hint=_EXAMPLE
        )
    return tuple(_rule(code, severity, where) for code, severity in given.items())


def _rule(code: object, label: object, where: str) -> Rule:
    if not isinstance(code, str) or not is_code(code):
        raise ConfigurationError(
            f"{where} names {code!r}, which no finding's code can be",
            hint=f"A code is a kind and an aspect: 'column.type', 'index.*'. {_EXAMPLE}",
        )
    if label not in _LABELS:
        raise ConfigurationError(
            f"{where}[{code!r}] is {label!r}, which is no severity", hint=_way_out(label)
        )
    return Rule(code, Severity.from_label(str(label)))


def _way_out(label: object) -> str:
    word = str(label).lower()
    if word in _LEAVES_OUT:
        return "What is not to be shown is named in SCHEMA_TOOLS['IGNORE'], with the reason."
    near = difflib.get_close_matches(word, _LABELS, n=1, cutoff=0.5)
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(_LABELS)}."
