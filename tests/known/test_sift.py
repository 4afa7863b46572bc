"""What is shown, what is known, and what is said of entries that are of no use."""

from __future__ import annotations

from datetime import date

import pytest

from schema_tools.findings import Finding, Severity
from schema_tools.known.ignore import Ignore
from schema_tools.known.note import Note, note_of
from schema_tools.known.sift import Accepted, Sifted, sift
from tests.known.made import SAYS, about_file, finding

TODAY = date(2026, 11, 22)
OLD, NEW = finding("index.missing", "public.users.old"), finding("index.missing", "public.t.new")


def sifted(
    *found: Finding,
    ignores: tuple[Ignore, ...] = (),
    notes: tuple[Note, ...] = (),
    is_whole: bool = True,
) -> Sifted:
    accepted = Accepted(ignores, notes, "b.json")
    return sift(found, accepted, today=TODAY, is_whole=is_whole)


def codes(found: Sifted) -> list[str]:
    return [each.code for each in found.shown]


def test_nothing_accepted_nothing_hidden() -> None:
    assert sifted(OLD, NEW) == Sifted((OLD, NEW))


def test_what_is_ignored_is_known_with_the_reason_and_the_rest_is_shown() -> None:
    found = sifted(OLD, NEW, ignores=(Ignore("to go", "index.*", "users"),))
    assert found.shown == (NEW,)
    assert [each.tolerated_by for each in found.known] == ["IGNORE: to go"]
    until = Ignore("to go", "index.*", "users", date(2026, 11, 22))
    assert sifted(OLD, ignores=(until,)).known[0].tolerated_by == (
        "IGNORE (until 2026-11-22): to go"
    )


def test_what_was_noted_is_known() -> None:
    found = sifted(OLD, NEW, notes=(note_of(OLD), note_of(NEW, "Ann asked for it")))
    assert found.shown == ()
    assert [each.tolerated_by for each in found.known] == [
        "BASELINE",
        "BASELINE: Ann asked for it",
    ]


@pytest.mark.parametrize(
    "bad",
    [
        finding(severity=Severity.CRITICAL, verdict="conflict"),
        about_file("history.changed", "public/004.sql"),
    ],
)
def test_there_is_no_finding_too_bad_to_be_ignored(bad: Finding) -> None:
    found = sifted(bad, ignores=(Ignore("agreed", object="public*"),))
    assert (found.shown, len(found.known)) == ((), 1)


def test_an_entry_without_use_is_a_warning() -> None:
    found = sifted(NEW, ignores=(Ignore("to go", "index.*", "users"),))
    assert found.shown[0] == NEW
    (remark,) = found.shown[1:]
    assert (remark.code, remark.severity) == ("ignore.unused", Severity.WARNING)
    assert remark.message == (
        "the entry of IGNORE for 'index.*' of 'users' matches no finding (to go)"
    )


def test_an_expired_entry_hides_nothing_and_says_so() -> None:
    ended = Ignore("to go", object="users", until=date(2026, 11, 21))
    found = sifted(OLD, ignores=(ended,))
    assert codes(found) == ["index.missing", "ignore.expired"]
    assert found.shown[1].message == (
        "the entry of IGNORE for 'users' ended on 2026-11-21 (to go): a finding is shown again"
    )
    assert found.known == ()
    (remark,) = sifted(NEW, ignores=(ended,)).shown[1:]
    assert remark.code == "ignore.expired"
    assert "it matches nothing any more" in remark.message


def test_an_expired_entry_shows_nothing_again_that_another_one_hides() -> None:
    ended = Ignore("to go", object="users", until=date(2026, 11, 21))
    found = sifted(OLD, ignores=(ended, Ignore("still", "index.*", "users")))
    assert codes(found) == ["ignore.expired"]
    assert "matches nothing any more" in found.shown[0].message


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ((), "index.missing of public.users.old is not there any more"),
        (
            (finding("index.missing", "public.users.old", values={**SAYS, "database": "x"}),),
            "index.missing of public.users.old says something else now",
        ),
    ],
)
def test_a_note_without_use_is_a_warning(now: tuple[Finding, ...], words: str) -> None:
    found = sifted(*now, notes=(note_of(OLD),))
    assert found.shown[: len(now)] == now
    (remark,) = found.shown[len(now) :]
    assert (remark.code, remark.severity) == ("baseline.unused", Severity.WARNING)
    assert remark.message.endswith(words)
    assert str(remark.locations[0]) == "b.json"


def test_a_look_at_a_part_says_nothing_of_what_it_could_not_see() -> None:
    ignores = (
        Ignore("to go", "view.*"),
        Ignore("to go", "rule.*", until=date(2020, 1, 1)),
        Ignore("to go", "index.*", "users", until=date(2020, 1, 1)),
    )
    notes = (note_of(finding("table.extra", "public.gone")),)
    assert sifted(ignores=ignores, notes=notes, is_whole=False).shown == ()
    found = sifted(OLD, ignores=ignores, notes=notes, is_whole=False)
    assert codes(found) == ["index.missing", "ignore.expired"]


def test_notes_that_another_database_needs_can_be_ignored() -> None:
    found = sifted(
        ignores=(Ignore("production has it", "baseline.unused"),), notes=(note_of(OLD),)
    )
    assert found.shown == ()
    assert [each.code for each in found.known] == ["baseline.unused"]


def test_a_finding_that_is_ignored_and_noted_uses_both() -> None:
    found = sifted(OLD, ignores=(Ignore("to go", "index.*"),), notes=(note_of(OLD),))
    assert (found.shown, [each.tolerated_by for each in found.known]) == ((), ["IGNORE: to go"])
