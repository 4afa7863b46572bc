"""The script of a difference, run on the first schema, gives the second: for every kind."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from schema_tools.conf import Settings
from schema_tools.findings import Report
from schema_tools.history.statements import split
from schema_tools.postgres.introspect import read_schema
from schema_tools.postgres.scratch import open_scratch
from schema_tools.reports.difference import facts, sql, text
from schema_tools.reports.format import formats
from schema_tools.reports.style import Style
from schema_tools.schema.difference import Difference, difference
from schema_tools.schema.snapshot import read_snapshot, write_snapshot
from tests.diff.json_schema import complaints
from tests.schema.test_drafts import CASES, SCHEMAS, prepare

SCHEMA = json.loads(
    files("schema_tools.reports").joinpath("json_schemas/schema_diff.json").read_text("utf-8")
)
SIDE = {"name": "a", "server_version": 18}
pytestmark = pytest.mark.db


# Each case is drafted by tests/schema/test_drafts.py, too: every fifth is enough for every day.
SOME = [
    pytest.param(case, id=case.stem, marks=[pytest.mark.slow] if place % 5 else [])
    for place, case in enumerate(CASES)
]


@pytest.mark.parametrize("case", SOME)
def test_script_turns_one_into_the_other(case: Path, alias: str) -> None:
    written = case.read_text(encoding="utf-8")
    parts = written.split("-- after\n", 1)
    with open_scratch(alias, Settings()) as scratch:
        databases = [scratch.create(), scratch.create()]
        with databases[0].connect() as left, databases[1].connect() as right:
            prepare(written, left)
            for connection, part in zip((left, right), parts, strict=True):
                connection.execute(part.encode())
            after = read_schema(right, SCHEMAS)
            before = read_schema(left, SCHEMAS)
            found = difference(before, after)
            # As psql -f sends it: in a session of its own, statement by statement.
            with databases[0].connect() as session:
                for statement in split(sql(found.drafts(), "title", ())):
                    session.execute(statement.text.encode())
            assert not difference(read_schema(left, SCHEMAS), after)
        check_words(found)
        kept = read_snapshot(write_snapshot(after), "x").schema
        assert kept.fingerprint() == after.fingerprint()
        assert not difference(after, kept)
        # What is inside a table comes in another order, and means the same.
        assert words(difference(before, kept)) == words(found)


def words(found: Difference) -> list[str]:
    return sorted(sql(found.drafts(), "", ()).replace(",", " ").split())


def check_words(found: Difference) -> None:
    lines = text(found).splitlines()
    assert all(line.strip() for line in lines if line)
    report = Report(
        title="", facts={"from": SIDE, "to": SIDE, **facts(found), "safe": True, "sql": ""}
    )
    document = json.loads(formats()["json"].render(report, Style()))
    assert complaints(document, SCHEMA, SCHEMA) == []
    assert document["summary"]["differences"] == len(document["differences"]) > 0
