"""Notes of known findings: when a finding is the noted one, and that no secret is in them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema_tools.findings import Finding, Location, Severity
from schema_tools.known.note import Notes, can_be_noted, note_of
from tests.known.made import SAYS, about_file, finding

FOUND = finding()
NOTE = note_of(FOUND)


def test_the_noted_finding_is_known_wherever_it_stands() -> None:
    assert NOTE.is_of(FOUND)
    assert NOTE.is_of(replace(FOUND, locations=(Location("a.sql", 99),), message="other words"))
    assert NOTE.is_of(replace(FOUND, severity=Severity.INFO))


@pytest.mark.parametrize(
    "found",
    [
        finding("column.nullable"),
        finding(name="public.users.name"),
        finding(name="audit.users.email"),
        finding(values={**SAYS, "database": "smallint"}),
        finding(values={**SAYS, "database": None}),
        finding(severity=Severity.CRITICAL),
        finding(verdict="model_differs"),
        about_file("column.type", "a.sql"),
    ],
)
def test_a_finding_that_says_something_else_is_new(found: Finding) -> None:
    assert not NOTE.is_of(found)


def test_a_look_at_two_sides_is_held_against_what_these_said() -> None:
    two = {"models": "bigint", "database": "integer"}
    assert NOTE.is_of(finding(values=two, verdict="model_differs"))
    assert not NOTE.is_of(finding(values={**two, "database": "text"}))
    assert not NOTE.is_of(finding(values={"somebody": "bigint"}))


def test_who_says_nothing_is_known_by_the_message() -> None:
    found = replace(finding(values={}), message="invalid, password is 'hunter2'")
    note = note_of(found)
    assert note.is_of(found)
    assert not note.is_of(replace(found, message="gone"))
    assert "hunter2" not in repr(note)


@pytest.mark.parametrize(
    ("found", "can"),
    [
        (FOUND, True),
        (finding(severity=Severity.CRITICAL, verdict="conflict"), True),
        (finding(verdict="migration_unrecorded"), True),
        (finding(verdict="migration_pending"), False),
        (about_file("file.unreadable", "a.sql"), False),
        (about_file("history.changed", "a.sql"), False),
    ],
)
def test_what_a_baseline_takes(found: Finding, can: bool) -> None:
    assert can_be_noted(found) is can


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("column.type", "character varying(255)"),
        ("column.default", "0"),
        ("column.nullable", "NOT NULL"),
        ("index.definition", "CREATE INDEX i ON t USING btree (a DESC)"),
        ("constraint.definition", "FOREIGN KEY (a) REFERENCES t (b)"),
    ],
)
def test_names_types_and_plain_expressions_can_be_read(code: str, text: str) -> None:
    assert note_of(finding(code, values={"database": text})).values == {"database": text}


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("column.default", "'hunter2'::text"),
        ("column.comment", "login with hunter2"),
        ("setting.value", "hunter2"),
        ("function.definition", "SELECT hunter2"),
        ("foreign_server.options", "host=hunter2"),
        ("user_mapping.options", "user=app, word=hunter2"),
        ("security_label.label", "hunter2"),
        ("view.definition", "SELECT 1,\n hunter2"),
        ("view.definition", "SELECT $$hunter2$$"),
        ("table.options", "password=hunter2"),
        ("table.options", "api_key=hunter2"),
        ("constraint.definition", "CHECK (a <> b OR hunter2 = " + "c + " * 60 + "d)"),
        ("kind_of_tomorrow.extra", "hunter2"),
    ],
)
def test_what_may_be_secret_is_a_checksum(code: str, text: str) -> None:
    found = finding(code, values={"migrations": None, "database": text})
    note = note_of(found)
    assert note.values["database"].startswith("sha256:")
    assert "hunter2" not in repr(note)
    assert note.values["migrations"] is None
    assert note.is_of(found)
    assert not note.is_of(replace(found, values={"migrations": None, "database": text + "3"}))


@given(st.text(), st.sampled_from(["column.default", "view.definition", "setting.value"]))
def test_no_literal_is_ever_written(text: str, code: str) -> None:
    literal = f"'{text}xyzzy'"
    assert "xyzzy" not in repr(note_of(finding(code, values={"database": literal})))


def test_notes_are_found_by_what_they_are_about() -> None:
    other = note_of(finding(values={**SAYS, "database": "text"}), reason="on purpose")
    notes = Notes([NOTE, other])
    assert notes.of(FOUND) is NOTE
    assert notes.of(finding(values={**SAYS, "database": "text"})).reason == "on purpose"
    assert notes.of(finding(name="public.users.name")) is None
