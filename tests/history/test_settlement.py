"""What may be settled, on values alone: the schema's word, the history's, and a person's."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from schema_tools.history.case import Case
from schema_tools.history.record import Unfinished
from schema_tools.history.settlement import (
    Offer,
    Refusal,
    accept,
    accept_unseen,
    backward,
    forward,
    how_far,
)
from schema_tools.history.statements import split
from schema_tools.schema.comparison.extent import Extent

PLAIN = "CREATE TABLE a ();\nCREATE TABLE b ();\nCREATE TABLE c ();"
ROWS = "CREATE TABLE a ();\nINSERT INTO a VALUES (1);\nCREATE TABLE c ();"
CODE = "CREATE TABLE a ();\nDO $$ BEGIN COMMIT; END $$;\nCREATE TABLE c ();"
BUILD = "CREATE TABLE a ();\nCREATE INDEX CONCURRENTLY i ON a (x);"
ONLY_ROWS = "INSERT INTO a VALUES (1);\nUPDATE a SET x = 1;"
VOID = "SET search_path = s;\nDROP TABLE IF EXISTS x;\nCREATE TABLE a ();\nVACUUM a;"
MADE_AND_DROPPED = "CREATE TABLE x ();\nUPDATE a SET y = 1;\nDROP TABLE x;"
DOWN = "DROP TABLE a;\nDROP INDEX CONCURRENTLY i;"
TRACELESS = {
    ROWS: {2},
    ONLY_ROWS: {1, 2},
    VOID: {1, 2, 4},
    MADE_AND_DROPPED: {2},
}
NO_RUN, FAILED, KILLED = None, "failed", ""


@dataclass
class Told:
    """A case in short: what the schema fits, how far a run had come, and how it ended."""

    text: str
    fits: tuple[int, ...]
    done: int = 0
    error: str | None = NO_RUN
    running: int = 0
    recorded: bool = False

    def case(self, **more) -> Case:
        statements = split(self.text)
        run = None
        if self.error is not None:
            running = self.running or self.done + 1
            run = Unfinished(
                "1", "up", "", self.done, len(statements), "", running, "", self.error
            )
        seen = Extent(self.fits, frozenset(TRACELESS.get(self.text, ())), frozenset(), 0)
        given = {"replayed": len(statements), "transactional": False, **more}
        return Case(statements, seen, run=run, recorded=self.recorded, **given)


def said(answer: Offer | Refusal) -> object:
    """Return an offer as its deed and the lines in doubt, a refusal as None."""
    if isinstance(answer, Refusal):
        assert answer.reason
        return None
    return (answer.deed.name, [doubt.statement.line for doubt in answer.doubts])


UP = [
    # Nobody has run it by our account.
    (Told(PLAIN, (0,)), None, None),
    (Told(PLAIN, (2,)), None, None),
    (Told(PLAIN, (3,)), ("RECORD", []), None),
    (Told(PLAIN, ()), None, None),
    (Told(ROWS, (3,)), ("RECORD", [2]), None),
    (Told(ONLY_ROWS, (0, 1, 2)), ("RECORD", [1, 2]), None),
    (Told(VOID, (3, 4)), ("RECORD", []), None),
    # What is as it was before can as well be all of it.
    (Told(MADE_AND_DROPPED, (0, 3)), ("RECORD", [1, 2, 3]), None),
    # A run has failed.
    (Told(PLAIN, (0,), 0, FAILED), None, ("FORGET", [])),
    (Told(PLAIN, (0,), 2, FAILED), None, ("FORGET", [])),
    (Told(PLAIN, (1,), 1, FAILED), None, None),
    (Told(PLAIN, (3,), 1, FAILED), ("RECORD", []), None),
    (Told(PLAIN, (), 1, FAILED), None, None),
    (Told(ROWS, (3,), 2, FAILED), ("RECORD", []), None),  # the history knows of the rows
    (Told(ROWS, (3,), 1, FAILED), ("RECORD", [2]), None),
    (Told(ROWS, (0,), 2, FAILED), None, ("FORGET", [2])),  # nobody knows of their end
    (Told(ROWS, (0,), 1, FAILED), None, ("FORGET", [])),
    (Told(ONLY_ROWS, (0, 1, 2), 1, FAILED), ("RECORD", [2]), ("FORGET", [1])),
    # Its client was killed in a statement that shares a transaction with its progress.
    (Told(PLAIN, (1,), 1, KILLED), None, None),
    (Told(PLAIN, (3,), 2, KILLED), ("RECORD", []), None),
    # It was killed in code that may commit.
    (Told(CODE, (1,), 1, KILLED), None, ("RUN_AGAIN", [2])),
    (Told(CODE, (2,), 1, KILLED), ("COUNT_AS_RUN", [2]), None),
    (Told(CODE, (3,), 1, KILLED), ("RECORD", [2]), None),
    (Told(CODE, (), 1, KILLED), None, None),
    (Told(CODE, (0,), 1, KILLED), None, ("FORGET", [2])),
    (Told(CODE, (1,), 1, FAILED), None, None),
    # It counts as applied.
    (Told(PLAIN, (0,), recorded=True), None, ("TAKE_OUT", [])),
    (Told(ROWS, (0,), recorded=True), None, ("TAKE_OUT", [2])),
    (Told(PLAIN, (2,), recorded=True), None, None),
    (Told(MADE_AND_DROPPED, (0, 3), recorded=True), ("RECORD", []), ("TAKE_OUT", [1, 2, 3])),
]


@pytest.mark.parametrize(("told", "ahead", "back"), UP)
def test_what_the_schema_proves_is_offered_with_what_it_does_not_show(told, ahead, back):
    case = told.case()
    assert (said(forward(case)), said(backward(case))) == (ahead, back)


def test_a_rollback_means_the_same_the_other_way_round():
    def answers(fits, done, error):
        case = Told(DOWN, fits, done, error, recorded=True).case()
        return said(forward(case, back=True)), said(backward(case, back=True))

    assert answers((2,), 1, FAILED) == (("TAKE_OUT", []), None)
    assert answers((1,), 1, FAILED) == (None, None)
    assert answers((0,), 0, FAILED) == (None, ("FORGET", []))
    # The table is there again, made by hand: of its rows nobody can tell.
    assert answers((0,), 1, FAILED) == (None, ("FORGET", [1]))


def test_a_replay_that_comes_less_far_proves_less():
    case = Told(PLAIN, (0,), 2, FAILED).case(replayed=1)
    assert said(backward(case)) == ("FORGET", [2])
    assert said(forward(Told(PLAIN, (1,)).case(replayed=1))) is None
    roles = Told("CREATE ROLE r;\nCREATE TABLE a ();", (2,)).case(left_out={1: "not replayed"})
    assert said(forward(roles)) == ("RECORD", [1])


def test_code_that_failed_in_a_transaction_has_left_nothing():
    told = Told(CODE, (0,), 0, FAILED, running=2)
    assert said(backward(told.case())) == ("FORGET", [2])
    assert said(backward(told.case(transactional=True))) == ("FORGET", [])


def test_nothing_is_offered_where_nothing_could_be_seen():
    case = Case(split(PLAIN), None, "no scratch database", recorded=True)
    for answer in (forward(case), backward(case)):
        assert isinstance(answer, Refusal)
        assert "no scratch database" in answer.reason
    assert "no scratch database" in how_far(case)


def test_a_text_that_is_not_what_ran_proves_nothing_of_what_ran():
    case = Told(ROWS, (0,), 2, FAILED).case(text_is_known=False)
    assert said(backward(case)) is None
    assert not case.goes_on()
    case = Told(ROWS, (3,), 2, FAILED).case(text_is_known=False)
    assert said(forward(case)) == ("RECORD", [2])


@pytest.mark.parametrize(
    ("told", "goes_on"),
    [
        (Told(PLAIN, (1,), 1, FAILED), True),
        (Told(PLAIN, (2,), 1, FAILED), False),
        (Told(PLAIN, (2,), 1, KILLED), False),  # its transaction held its progress
        (Told(PLAIN, (), 1, FAILED), False),
        (Told(ROWS, (1, 2), 2, FAILED), True),
        (Told(BUILD, (1,), 1, KILLED), True),
        (Told(BUILD, (2,), 1, KILLED), True),  # the server has finished it
        (Told(BUILD, (2,), 1, FAILED), False),
        (Told(CODE, (1,), 1, KILLED), False),
        (Told(CODE, (1,), 1, FAILED), True),
        (Told(PLAIN, (0,)), False),
    ],
)
def test_a_run_goes_on_from_where_the_database_is(told, goes_on):
    assert told.case().goes_on() is goes_on


def test_an_invalid_index_is_for_the_next_run_to_drop():
    case = Told(BUILD, (), 1, FAILED).case(leftover="public.i", repairable=True)
    assert case.goes_on()
    case = Told(BUILD, (0,), 1, FAILED).case(leftover="public.i")
    answer = backward(case)
    assert isinstance(answer, Refusal)
    assert "DROP INDEX CONCURRENTLY public.i" in answer.hint


def test_what_is_new_in_a_changed_file_and_leaves_no_trace_is_in_doubt():
    case = Told(ROWS, (0,), recorded=True).case()
    assert said(accept(case, [1, 3], ())) == ("ACCEPT", [])
    assert said(accept(case, [2], ())) == ("ACCEPT", [2])


def test_a_file_can_stand_for_an_unknown_text_only_on_somebodys_word():
    case = Told(PLAIN, (3,), recorded=True).case(text_is_known=False)
    assert said(accept_unseen(case)) == ("ACCEPT", [1])
    case = Told(PLAIN, (2,), recorded=True).case(text_is_known=False)
    assert said(accept_unseen(case)) is None


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Told(PLAIN, (0,)), "Nothing of it is there"),
        (Told(PLAIN, (1,)), "Statement 1 of 3 is there"),
        (Told(PLAIN, (2,)), "Statements 1 to 2 of 3 are there"),
        (Told(PLAIN, (3,)), "All of it is there"),
        (Told(ROWS, (1, 2), 2, FAILED), "Statements 1 to 2 of 3 are there, as the history says"),
        (Told(ROWS, (1, 2)), "one of these is true: Statement 1 of 3 is there; Statements 1 to 2"),
        (Told(PLAIN, ()), "neither as it was before it, nor as it is after all of it or any"),
    ],
)
def test_how_far_it_has_come_is_said(told, words):
    assert words in how_far(told.case())


def test_an_invalid_index_is_named_beside_what_has_run():
    """But for the index the next run drops, the database is where the run stopped."""
    case = Told(PLAIN, (), 1, FAILED).case(leftover="public.i", repairable=True)
    assert how_far(case) == (
        "Statement 1 of 3 is there, and the invalid index public.i of the statement that was cut "
        "short"
    )


@pytest.mark.parametrize(
    ("fits", "words"),
    [
        (0, "Nothing of its rollback has taken effect"),
        (1, "Statement 1 of 2 of its rollback has taken effect"),
        (2, "All of its rollback has taken effect"),
    ],
)
def test_how_far_a_rollback_has_come_is_said(fits, words):
    assert how_far(Told(DOWN, (fits,)).case(), back=True) == words
