"""The file of the baseline: the same bytes for the same notes, and words for a broken one."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schema_tools.errors import ConfigurationError
from schema_tools.findings import Severity
from schema_tools.known.baseline import read_notes, write_notes
from schema_tools.known.note import Note, note_of
from tests.known.made import finding

texts = st.text(max_size=20)
notes = st.builds(
    Note,
    code=texts,
    object=texts,
    severity=st.sampled_from(Severity),
    verdict=texts,
    values=st.dictionaries(texts, st.none() | texts, max_size=3),
    reason=texts,
)
baselines = st.dictionaries(texts, st.lists(notes, max_size=4, unique_by=repr), max_size=3)
HEAD = '"format_version": 1, "databases": '


@given(baselines, st.randoms(use_true_random=False))
@example({"x": [Note("a.b", "non-UTF-8: \udc80", Severity.INFO, "", {"a": "\r\n<<<<<<< "})]}, None)
def test_what_is_written_is_read_in_one_form_only(
    given_notes: dict[str, list[Note]], chance: random.Random | None
) -> None:
    written = write_notes(given_notes)
    back = read_notes(written, "b.json")
    assert {alias: sorted(map(repr, each)) for alias, each in back.items()} == {
        alias: sorted(map(repr, each)) for alias, each in given_notes.items()
    }
    shuffled = {
        alias: chance.sample(each, len(each)) if chance else each
        for alias, each in reversed(given_notes.items())
    }
    assert write_notes(back) == write_notes(shuffled) == written


def test_a_change_is_a_change_of_one_line() -> None:
    one, other = finding(name="public.a.x"), finding(name="public.b.x")
    before = write_notes({"default": [note_of(other), note_of(one)]}).splitlines()
    after = write_notes({"default": [note_of(one), note_of(other, "because")]}).splitlines()
    assert [each.strip() for each in after if each not in before] == [b'"reason": "because"']
    assert len(before) == len(after)
    assert before[-1] == b"}"


def test_an_editor_may_leave_a_mark_and_other_line_ends() -> None:
    written = write_notes({"default": [note_of(finding())]})
    edited = b"\xef\xbb\xbf" + written.replace(b"\n", b"\r\n")
    assert read_notes(edited, "b.json") == read_notes(written, "b.json")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "b.json:1 cannot be used: it is no JSON"),
        ('{\n "format_version": 1,,\n}', "b.json:2 cannot be used: it is no JSON"),
        ("[" * 100_000, "it is "),
        ("[]", "it is no baseline: it has no format_version"),
        ("3", "it is no baseline"),
        ("{}", "it has no format_version"),
        ('{"format_version": 2, "databases": {}}', "has the format 2; this version of"),
        ('{"format_version": "1"}', "has the format '1'"),
        ('{"format_version": 1}', "its databases are no object"),
        ("{" + HEAD + '{"default": {}}}', "its notes on the database 'default' are no list"),
        (
            "{" + HEAD + '{"x": [3]}}',
            "b.json, note 1 on the database 'x' cannot be used: it is no",
        ),
        (
            "{" + HEAD + '{"x": [{"severity": "info", "values": {}}, {"reasn": ""}]}}',
            "note 2 on the database 'x' cannot be used: it has an unknown key 'reasn'",
        ),
        ("{" + HEAD + '{"x": [{"values": []}]}}', "its values are no object of texts"),
        ("{" + HEAD + '{"x": [{"values": {"a": 1}}]}}', "its values are no object of texts"),
        ("{" + HEAD + '{"x": [{"values": {}, "severity": "bad"}]}}', "its severity is 'bad'"),
        ("{" + HEAD + '{"x": [{"values": {}, "severity": []}]}}', "its severity is []"),
        ("{" + HEAD + '{"x": [{"values": {}, "reason": 3}]}}', "its reason is 3, not a text"),
    ],
)
def test_what_is_no_baseline_is_refused(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_notes(text.encode(), "b.json")
    assert words in str(caught.value)
    assert "manage.py validate_schema --write-baseline" in caught.value.hint


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="it is not UTF-8"):
        read_notes(b'{"\xff": 1}', "b.json")


@pytest.mark.parametrize("mark", ["<<<<<<< HEAD", "=======", ">>>>>>> branch", "||||||| base"])
def test_a_merge_conflict_is_named_with_its_line(mark: str) -> None:
    lines = write_notes({"default": [note_of(finding())]}).decode().splitlines()
    lines.insert(6, mark)
    with pytest.raises(ConfigurationError) as caught:
        read_notes("\n".join(lines).encode(), "b.json")
    assert str(caught.value) == "the baseline b.json:7 has the marks of a merge conflict"
    assert "Take the file of either branch" in caught.value.hint


def test_the_file_says_what_it_is() -> None:
    assert "validate_schema --write-baseline" in json.loads(write_notes({}))["about"]
