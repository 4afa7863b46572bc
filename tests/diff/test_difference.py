"""How a difference is shown: as lines, as a script, as plain values."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import pytest

from schema_tools.findings import Finding, NotChecked, Report, Severity
from schema_tools.reports.difference import SQL, facts, sql, text
from schema_tools.reports.format import formats
from schema_tools.reports.style import Style
from schema_tools.schema.comparison.common_ground import common_ground, read_by_both
from schema_tools.schema.difference import difference
from schema_tools.schema.kinds import kinds
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.kinds.constraint import Constraint
from schema_tools.schema.kinds.enum import Enum
from schema_tools.schema.kinds.schema import Namespace
from schema_tools.schema.kinds.table import Table
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Draft, Schema, SchemaObject, table_key
from tests.diff.json_schema import complaints
from tests.schema.test_snapshot import schema

USERS = Table(schema="public", name="users")
LOG = Table(schema="audit", name="log")


def column(name: str, type_name: str = "text", *, table: str = "users", **more) -> Column:
    return Column(schema="public", table=table, name=name, type=type_name, **more)


BEFORE = schema(
    USERS,
    column("id", "bigint", position=1, nullable=False),
    column("email", "character varying(255)", position=2),
    column("gone", position=3),
    Enum(schema="public", name="mood", labels=("good",)),
)
AFTER = schema(
    USERS,
    LOG,
    column("id", "bigint", position=1),
    column("email", "character varying(100)", position=2, comment="where\nto write"),
    column("zip", "integer", position=3),
    column("area", "integer", position=4),
    Enum(schema="public", name="mood", labels=("good", "bad")),
)
LINES = """\
table audit.log
  + table audit.log

table users
  ~ column id: NOT NULL → nullable
  ~ column email: type: character varying(255) → character varying(100)
  ~ column email: comment:
      -(none)
      +where
      +to write
  - column gone text
  + column zip integer
  + column area integer

other objects
  ~ enum mood: labels: good → good, bad"""


def test_lines_are_grouped_by_table_with_both_values() -> None:
    assert text(difference(BEFORE, AFTER)) == LINES


def test_equal_schemas_differ_in_nothing() -> None:
    found = difference(BEFORE, BEFORE)
    assert not found
    assert text(found) == ""
    assert facts(found)["counts"] == {"differences": 0, "objects_compared": 5}


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (Table(schema="public", name="users"), "table users"),
        (column("a b", "text"), 'column "a b" text'),
        (
            Constraint(
                schema="public", table="users", name="k", type="check", definition="CHECK (true)"
            ),
            "constraint: CONSTRAINT k CHECK (true)",
        ),
        (Enum(schema="app", name="mood", labels=("x",)), "enum app.mood: ENUM ('x')"),
    ],
)
def test_what_comes_or_goes_is_named_once(found: SchemaObject, line: str) -> None:
    assert text(difference(Schema(), schema(found))).splitlines()[1] == f"  + {line}"
    assert text(difference(schema(found), Schema())).splitlines()[1] == f"  - {line}"


def test_a_carriage_return_is_seen() -> None:
    found = difference(schema(column("a", comment="x\r\ny")), schema(column("a", comment="x\ny")))
    assert text(found).splitlines()[2:] == ["      -x\\r", "      +x", "       y"]


def test_the_script_says_what_it_does_and_marks_what_loses_data() -> None:
    found = difference(BEFORE, AFTER)
    script = sql(found.drafts(), "From a to b: 7 differences", [NotChecked("x", "why\nnot")])
    assert script.startswith("-- From a to b: 7 differences\n-- Read it")
    assert "\n-- Not compared: x: why\n-- not\n" in script
    assert "\n\n-- CAN LOSE DATA. The values of gone are lost.\nALTER TABLE users DROP" in script
    assert script.count("CAN LOSE DATA") == 2
    assert script.endswith(";\n")


def test_a_name_cannot_leave_its_comment() -> None:
    drafts = [Draft(("SELECT 1",), caution="All rows of a\nDROP TABLE b\r; -- are lost")]
    lines = sql(drafts, "From x\nDROP TABLE y to z", []).splitlines()
    assert {line for line in lines if not line.startswith("--")} == {
        "", "SET search_path = public;", "SET check_function_bodies = off;", "SELECT 1;",
    }  # fmt: skip


def test_a_statement_that_ends_in_a_comment_is_ended_below_it() -> None:
    drafts = [Draft(("SELECT 1 -- one",), afterwards=("SELECT 3",)), Draft(("SELECT 2",))]
    assert sql(drafts, "x", []).endswith("SELECT 1 -- one\n;\n\nSELECT 2;\n\nSELECT 3;\n")


def test_an_error_is_a_comment_in_sql() -> None:
    finding = Finding("error.x", Severity.CRITICAL, "no server\nat all", "Start it.")
    report = Report(title="", findings=(finding,), ok=False)
    assert SQL.render(report, Style()) == "-- no server\n-- at all\n-- Start it.\n"


SCHEMA = json.loads(
    files("schema_tools.reports").joinpath("json_schemas/schema_diff.json").read_text("utf-8")
)


def document(before: Schema, after: Schema) -> dict:
    found = difference(before, after)
    sides = {"from": {"name": "a", "server_version": 18}, "to": {"name": "b", "server_version": 0}}
    report = Report(title="", facts={**sides, **facts(found), "safe": True, "sql": ""})
    return json.loads(formats()["json"].render(report, Style()))


def test_json_is_as_its_schema_says() -> None:
    found = document(BEFORE, AFTER)
    assert complaints(found, SCHEMA, SCHEMA) == []
    changes = {each["object"]["name"]: each for each in found["differences"]}
    assert {name: each["change"] for name, each in changes.items()} == {
        "area": "added", "email": "altered", "gone": "dropped", "id": "altered", "log": "added",
        "mood": "altered", "zip": "added",
    }  # fmt: skip
    assert changes["gone"]["from"] == "gone text"
    assert changes["gone"]["to"] is None
    assert changes["email"]["aspects"][0] == {
        "name": "type", "from": "character varying(255)", "to": "character varying(100)",
    }  # fmt: skip
    assert found["summary"]["differences"] == 7


def test_the_json_schema_refuses_what_is_not_so() -> None:
    found = document(BEFORE, AFTER)
    found["differences"][0]["change"] = "eaten"
    del found["safe"]
    found["differences"][1]["more"] = 1
    found["ok"] = 0
    assert len(complaints(found, SCHEMA, SCHEMA)) == 4


def test_a_rename_is_one_difference_and_one_statement() -> None:
    people = replace(USERS, name="people")
    found = difference(schema(USERS, column("id")), schema(people, column("id", table="people")))
    assert text(found) == "table people\n  ~ table people: renamed from users"
    assert [draft.statements for draft in found.drafts()] == [
        ("ALTER TABLE users RENAME TO people",)
    ]
    assert facts(found)["differences"][0]["renamed_from"] == "users"


def test_a_name_that_something_else_has_is_not_taken_by_a_rename() -> None:
    sequence = kinds()["sequence"].type(
        schema="public", name="people", type="bigint", start=1, increment=1, minimum=1,
        maximum=9, cache=1, cycle=False,
    )  # fmt: skip
    people = replace(USERS, name="people")
    found = difference(
        schema(USERS, column("id"), sequence), schema(people, column("id", table="people"))
    )
    assert found.renames == {}
    assert len(found) == 5


def test_models_are_compared_in_what_they_can_say() -> None:
    part = replace(Table(schema="public", name="p1"), partition_of="public.users")
    derived = Constraint(
        schema="public", table="users", name="u_1a2b_uniq", type="unique",
        definition="UNIQUE (email)", columns=("email",),
    )  # fmt: skip
    models = schema(USERS, derived, Table(schema="public", name="auth_user"))
    other = schema(
        USERS,
        replace(derived, name="users_email_key"),
        part,
        column("x", table="p1"),
        Enum(schema="public", name="mood", labels=("a",)),
    )
    known = ModelFacts(django_tables=frozenset({table_key("public", "auth_user")}))
    ground = common_ground(models, known, other)
    assert not difference(ground.models, ground.other)
    assert len(ground.other.objects) == 2
    assert [each.reason for each in ground.left_out] == [
        "no model can state them", "the other side has none",
    ]  # fmt: skip


def test_tables_of_django_are_compared_where_the_other_side_has_one() -> None:
    auth, session = (Table(schema="public", name=name) for name in ("auth_user", "session"))
    known = ModelFacts(
        django_tables=frozenset(table_key("public", each.name) for each in (auth, session))
    )
    ground = common_ground(schema(auth, session), known, schema(auth))
    assert text(difference(ground.models, ground.other)) == "table session\n  - table session"


def test_a_schema_that_one_side_did_not_read_is_left_out() -> None:
    app, unread = (Namespace(schema="", name="audit", is_read=read) for read in (True, False))
    before, after, notes = read_by_both(schema(USERS, app, LOG), schema(USERS, unread))
    assert not difference(before, after)
    assert [each.what for each in notes] == ["the objects of schema audit"]
    assert read_by_both(schema(USERS, app), schema(USERS, unread))[2] == ()
    assert len(difference(*read_by_both(schema(app, LOG), schema(app))[:2])) == 1


def test_what_hangs_on_a_model_that_cannot_be_made_is_left_out() -> None:
    key = Constraint(
        schema="public", table="users", name="k", type="foreign key", columns=("x",),
        definition="FOREIGN KEY (x) REFERENCES public.unmade(id)", references="public.unmade",
    )  # fmt: skip
    known = ModelFacts(unknown_tables=frozenset({table_key("public", "unmade")}))
    other = schema(USERS, key, Table(schema="public", name="unmade"), column("x", table="unmade"))
    ground = common_ground(schema(USERS), known, other)
    assert not difference(ground.models, ground.other)
