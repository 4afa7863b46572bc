"""Entries of IGNORE: what they mean, and what is refused."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError
from schema_tools.findings import Finding, Severity
from schema_tools.known.ignore import Ignore
from schema_tools.known.names import names_of
from tests.known.made import about_file, finding

EMAIL = finding("column.type", "public.users.email")


@pytest.mark.parametrize(
    ("code", "name", "found"),
    [
        ("column.type", "*", EMAIL),
        ("column.*", "*", EMAIL),
        ("*.type", "public.users.email", EMAIL),
        ("c?lumn.type", "*.email", EMAIL),
        ("*", "users.email", EMAIL),
        ("*", "users", EMAIL),
        ("*", "public.users", EMAIL),
        ("*", "public.us*", EMAIL),
        ("*", "users", finding("table.extra", "public.users")),
        ("*", "audit.log", finding("index.missing", "audit.log.by_day")),
        ("*", "f(integer[], text[])", finding("function.extra", "public.f(integer[], text[])")),
        ("*", "f(integer[]*", finding("function.extra", "public.f(integer[], text[])")),
        ("extension.*", "hstore", Finding("extension.extra", Severity.INFO, "", subject=None)),
        ("history.*", "004_x.sql", about_file("history.changed", "db/sql/004_x.sql")),
        ("history.*", "db/*", about_file("history.changed", "db/sql/004_x.sql")),
    ],
)
def test_an_entry_means_what_its_patterns_say(code: str, name: str, found: Finding) -> None:
    if found.subject is None and not found.locations:
        assert not Ignore("why", code, name).covers(found.code, names_of(found))
        assert Ignore("why", code).covers(found.code, names_of(found))
    else:
        assert Ignore("why", code, name).covers(found.code, names_of(found))


@pytest.mark.parametrize(
    ("code", "name", "found"),
    [
        ("column", "*", EMAIL),
        ("column.typ", "*", EMAIL),
        ("index.*", "users", EMAIL),
        ("*", "user", EMAIL),
        ("*", "email", EMAIL),
        ("*", "Users", EMAIL),
        ("*", "users.emai.", EMAIL),
        ("*", "log", finding("index.missing", "audit.log.by_day")),
        ("*", "005_x.sql", about_file("history.changed", "004_x.sql")),
        ("*", "public.*", about_file("history.changed", "004_x.sql")),
    ],
)
def test_an_entry_means_nothing_else(code: str, name: str, found: Finding) -> None:
    assert not Ignore("why", code, name).covers(found.code, names_of(found))


def test_the_last_day_counts() -> None:
    entry = Ignore("why", "index.*", until=date(2027, 1, 31))
    assert not entry.has_expired(date(2027, 1, 31))
    assert entry.has_expired(date(2027, 2, 1))
    assert not Ignore("why", "index.*").has_expired(date.max)


def test_entries_are_read_and_an_alias_can_have_its_own(settings) -> None:
    settings.SCHEMA_TOOLS = {
        "IGNORE": [
            {"code": " index.* ", "object": "public.old_*", "reason": "to be\n  dropped"},
            {"object": "legacy", "reason": "theirs", "until": "2027-01-31"},
            {"code": "*", "object": "x", "reason": "a date", "until": date(2027, 1, 31)},
        ],
        "DATABASES": {"default": {"IGNORE": ({"code": "view.*", "reason": "here only"},)}},
    }
    assert get_settings().ignore == (Ignore("here only", "view.*"),)
    assert get_settings("other").ignore == (
        Ignore("to be dropped", "index.*", "public.old_*"),
        Ignore("theirs", object="legacy", until=date(2027, 1, 31)),
        Ignore("a date", object="x", until=date(2027, 1, 31)),
    )


@pytest.mark.parametrize(
    ("given", "words", "hint"),
    [
        ("index.*", "['IGNORE'] is 'index.*', not a list of entries", "An entry looks like {"),
        (["index.*"], "['IGNORE'][0] is 'index.*', not a dict", "An entry looks like {"),
        ([{"code": "index.*"}], "['IGNORE'][0] has no reason", "An entry looks like {"),
        ([{"code": "index.*", "reason": " "}], "[0]['reason'] is ' ', not a text", "Say why"),
        ([{"code": "index.*", "reason": 3}], "[0]['reason'] is 3, not a text", "Say why"),
        ([{"reason": "why"}], "[0] would ignore every finding", "Name a code or an object"),
        ([{"code": "**", "object": "*", "reason": "why"}], "would ignore every finding", ""),
        ([{"code": "index", "reason": "why"}], "[0]['code'] is 'index', which no", "'index.*'"),
        ([{"code": "Index.*", "reason": "why"}], "is 'Index.*', which no finding's", ""),
        ([{"code": "a.b.c", "reason": "why"}], "is 'a.b.c', which no finding's", ""),
        ([{"code": "", "reason": "why"}], "[0]['code'] is '', not a pattern", ""),
        ([{"object": 3, "reason": "why"}], "[0]['object'] is 3, not a pattern", ""),
        (
            [{"code": "a.*", "reason": "why"}, {"code": "b.*", "reasn": "why"}],
            "['IGNORE'][1] has an unknown key 'reasn'",
            "Did you mean 'reason'?",
        ),
        ([{"code": "a.*", "reason": "why", 3: 4}], "an unknown key 3", "An entry looks like {"),
        (
            [{"code": "a.*", "reason": "why", "until": "31.1.2027"}],
            "[0]['until'] is '31.1.2027', not a date such as '2027-01-31'",
            "",
        ),
        ([{"code": "a.*", "reason": "why", "until": 20270131}], "is 20270131, not a date", ""),
        (
            [{"code": "a.*", "reason": "why", "until": datetime(2027, 1, 31)}],  # noqa: DTZ001
            "not a date such as",
            "",
        ),
        (
            [{"code": "a.*", "reason": "why"}, {"code": "a.*", "reason": "why"}],
            "['IGNORE'][1] says the same as SCHEMA_TOOLS['IGNORE'][0]",
            "Take one of them out",
        ),
    ],
)
def test_what_is_no_entry_is_refused(settings, given, words: str, hint: str) -> None:
    settings.SCHEMA_TOOLS = {"IGNORE": given}
    with pytest.raises(ConfigurationError) as caught:
        get_settings()
    assert words in str(caught.value)
    assert hint in caught.value.hint


def test_an_alias_is_named_where_its_entry_is_wrong(settings) -> None:
    settings.SCHEMA_TOOLS = {"DATABASES": {"default": {"IGNORE": [{"code": "a.*"}]}}}
    with pytest.raises(ConfigurationError, match=r"'default'\]\['IGNORE'\]\[0\] has no reason"):
        get_settings()


@pytest.mark.parametrize(
    ("code", "for_lint"),
    [("lint.header", True), ("lint.*", True), ("*", False), ("l*", False), ("linter.x", False)],
)
def test_an_entry_is_for_lint_where_its_code_says_so(code: str, *, for_lint: bool) -> None:
    assert Ignore("why", code).is_for_lint is for_lint
