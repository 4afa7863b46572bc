"""Entries of RULES: which findings they mean, how bad those are, and what is refused."""

from __future__ import annotations

import pytest

from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError
from schema_tools.findings import Severity
from schema_tools.known.severities import Rule, with_severities
from schema_tools.services.known_findings import rules_of
from tests.known.made import finding

INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL


@pytest.mark.parametrize(
    ("rules", "severity"),
    [
        ([], WARNING),
        ([("column.type", CRITICAL)], CRITICAL),
        ([("column.*", INFO)], INFO),
        ([("c?lumn.ty*", INFO)], INFO),
        ([("column.typ", INFO), ("index.*", CRITICAL)], WARNING),
        ([("column.type", CRITICAL), ("column.*", INFO)], INFO),
        ([("column.*", INFO), ("column.type", CRITICAL), ("index.*", INFO)], CRITICAL),
    ],
)
def test_the_last_entry_that_fits_counts(rules, severity) -> None:
    found = finding("column.type", severity=WARNING)
    (judged,) = with_severities([found], [Rule(*each) for each in rules])
    assert judged.severity is severity
    assert judged.message == found.message


def test_entries_are_read_and_an_alias_can_have_its_own(settings) -> None:
    settings.SCHEMA_TOOLS = {
        "RULES": {"lint.*": "critical", "lint.date": "info", "column.comment": "warning"},
        "DATABASES": {"default": {"RULES": {"*.comment": "info", "file.replay": "warning"}}},
    }
    assert rules_of("default") == (Rule("*.comment", INFO), Rule("file.replay", WARNING))
    assert rules_of("other") == (
        Rule("lint.*", CRITICAL),
        Rule("lint.date", INFO),
        Rule("column.comment", WARNING),
    )


@pytest.mark.parametrize(
    ("given", "words", "hint"),
    [
        (["lint.date"], "['RULES'] is ['lint.date'], not a dict", "It looks like {"),
        ({"lint": "info"}, "['RULES'] names 'lint', which no finding's code can be", "'index.*'"),
        ({3: "info"}, "['RULES'] names 3, which", ""),
        (
            {"lint.date": "warn"},
            "['RULES']['lint.date'] is 'warn', which is no severity",
            "'warning'?",
        ),
        ({"lint.date": "Critical"}, "is 'Critical', which is no severity", "'critical'?"),
        ({"lint.date": 3}, "is 3, which is no severity", "Known: critical, warning, info."),
        (
            {"lint.date": "off"},
            "is 'off', which is no severity",
            "SCHEMA_TOOLS['IGNORE'], with the",
        ),
        ({"lint.date": None}, "is None, which is no severity", "SCHEMA_TOOLS['IGNORE'], with the"),
        (
            {"lint.dat": "info"},
            "names 'lint.dat', which is the code of no finding",
            "'lint.date'?",
        ),
        ({"file.gaps": "info"}, "names 'file.gaps', which is", "'file.gap'?"),
        ({"colum.type": "info"}, "names 'colum.type', which is", "'column'?"),
        ({"rollback.fails": "info"}, "names 'rollback.fails', which is", "Known: "),
        ({"colum.*": "info"}, "names 'colum.*', which is", "'column'?"),
        ({"histroy.changed": "info"}, "names 'histroy.changed', which is", "'history'?"),
    ],
)
def test_what_is_no_entry_is_refused(settings, given, words: str, hint: str) -> None:
    settings.SCHEMA_TOOLS = {"RULES": given}
    with pytest.raises(ConfigurationError) as caught:
        rules_of("default")
    assert words in str(caught.value)
    assert hint in caught.value.hint


@pytest.mark.parametrize("code", ["lint.*", "fil?.gap", "*", "*.missing", "trigger.*"])
def test_patterns_may_mean_what_nothing_has_today(settings, code: str) -> None:
    settings.SCHEMA_TOOLS = {"RULES": {code: "info"}}
    assert rules_of("default") == get_settings().rules == (Rule(code, INFO),)
