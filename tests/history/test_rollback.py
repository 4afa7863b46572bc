"""The DOWN part: SQL in comments reads as it does outside of them."""

from __future__ import annotations

from hypothesis import given

from schema_tools.history.rollback import rollback_statements
from schema_tools.history.statements import split
from tests.history.strategies import files

HEADING = "-- DOWN\n"


@given(files())
def test_commented_statements_are_those_of_the_text_without_marks(text):
    text = f"{text}\n;"
    commented = "\n".join(f"-- {line}" for line in text.split("\n"))
    found = rollback_statements(HEADING + commented, len(HEADING))
    assert found == split(text, first_line=2)


@given(files())
def test_prose_between_statements_changes_no_statement(text):
    prose = "-- It's prose; (with a quote\n"
    commented = "\n".join(f"-- {line}" for line in f"{text}\n;\n".split("\n"))
    found = rollback_statements(f"{HEADING}{prose}{commented}\n{prose}", len(HEADING))
    assert [each.text for each in found] == [each.text for each in split(text)]
