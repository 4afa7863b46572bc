"""Plans and states, on values alone."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from schema_tools.findings import Finding, Location, Severity
from schema_tools.history.directory import Directory
from schema_tools.history.done import done_checksum
from schema_tools.history.files import parse_migration
from schema_tools.history.plan import World, plan_apply, plan_rollback
from schema_tools.history.record import Applied, History, Unfinished
from schema_tools.history.standing import State, status
from schema_tools.services.status import history_findings

STEPS = "-- Transaction: off\nSELECT 1;\nSELECT 2;\nSELECT 3;\n-- DOWN\n-- SELECT 9;\n"


def migration(version: str, text: str = "SELECT 1;\n-- DOWN\n-- SELECT 2;\n"):
    return parse_migration(f"{version}.sql", text.encode(), f"m/{version}.sql")


def world(*migrations, problems=(), django=()) -> World:
    return World(Directory("m", tuple(migrations), tuple(problems)), 150000, frozenset(django))


def applied(*migrations) -> tuple[Applied, ...]:
    return tuple(
        Applied(file.version, file.name, file.checksum, None, position=at)
        for at, file in enumerate(migrations, start=1)
    )


def stopped(file, *, done: int, running: int, direction: str = "up", **more) -> Unfinished:
    part = file.down if direction == "down" else file.up
    return Unfinished(
        file.version,
        direction,
        file.checksum,
        done=done,
        total=len(part.statements),
        running=running,
        **{"done_checksum": done_checksum(part.statements[:done]), **more},
    )


ONE, TWO, THREE, FOUR = (migration(f"00{n}_{name}") for n, name in enumerate("abcd", start=1))


def codes(plan) -> list[str]:
    return [problem.code for problem in plan.problems]


def versions(plan) -> list[str]:
    return [step.migration.version for step in plan.steps]


def test_states_of_files_and_rows_together():
    changed = migration("002_b", "SELECT 'changed';")
    gone = migration("003_gone")
    broken = Finding(
        "file.unreadable", Severity.CRITICAL, "x", locations=(Location("m/006_broken.sql", 3),)
    )
    history = History(applied(ONE, TWO, gone, migration("005_e"), migration("006_broken")))
    files = world(ONE, changed, FOUR, migration("005_e"), migration("007_g"), problems=[broken])
    assert [(row.version, row.state) for row in status(files.directory, history)] == [
        ("001_a", State.APPLIED),
        ("002_b", State.CHANGED),
        ("003_gone", State.MISSING),
        ("004_d", State.OUT_OF_ORDER),
        ("005_e", State.APPLIED),
        ("006_broken", State.BROKEN),
        ("007_g", State.PENDING),
    ]


def test_numbers_not_names_make_the_order():
    files = world(migration("999_a"), migration("1000_b")).directory
    assert [row.version for row in status(files, History())] == ["999_a", "1000_b"]


def test_a_checksum_in_capitals_is_the_same():
    (row,) = applied(ONE)
    upper = Applied(row.version, row.name, row.checksum.upper(), None)
    (standing,) = status(world(ONE).directory, History((upper,)))
    assert standing.state is State.APPLIED


@pytest.mark.parametrize(
    ("run", "state"),
    [
        (stopped(ONE, done=0, running=1, error="no"), State.FAILED),
        (stopped(ONE, done=0, running=1), State.FAILED),
        (stopped(ONE, done=0, running=1, alive=True), State.RUNNING),
    ],
)
def test_a_run_that_stopped_or_goes_on(run, state):
    (standing,) = status(world(ONE).directory, History((), (run,)))
    assert standing.state is state


def test_failures_that_left_nothing_are_forgotten_once_they_do_not_matter():
    failed_rollback = stopped(ONE, done=0, running=1, direction="down", error="no")
    removed_file = stopped(TWO, done=0, running=1, error="no")
    history = History(applied(ONE), (failed_rollback, removed_file))
    (standing,) = status(world(ONE).directory, history)
    assert standing.state is State.APPLIED
    assert codes(plan_apply(world(ONE), history)) == []


def test_apply_takes_all_pending_up_to_the_target():
    history = History(applied(ONE))
    assert versions(plan_apply(world(ONE, TWO, THREE), history)) == ["002_b", "003_c"]
    assert versions(plan_apply(world(ONE, TWO, THREE), history, target=TWO)) == ["002_b"]
    assert versions(plan_apply(world(ONE, TWO), history, target=ONE)) == []


def test_what_stops_an_apply():
    other = Finding("file.gap", Severity.CRITICAL, "gap")
    changed, gone = migration("001_a", "SELECT 7;"), migration("003_gone")
    history = History(applied(ONE, gone))
    files = world(changed, TWO, FOUR, problems=[other])
    assert codes(plan_apply(files, history)) == [
        "file.gap",
        "history.changed",
        "history.missing",
        "history.out_of_order",
    ]
    assert "history.out_of_order" not in codes(plan_apply(files, history, allow_out_of_order=True))


def test_a_file_behind_the_target_is_not_out_of_order_for_it():
    history = History(applied(ONE, FOUR))
    files = world(ONE, TWO, THREE, FOUR)
    assert len(plan_apply(files, history, target=TWO).problems) == 1
    assert len(plan_apply(files, history).problems) == 2


@pytest.mark.parametrize(
    ("line", "problems"),
    [
        ("Dependencies: 001_a.sql", []),
        ("Dependencies: 001_a, 002_b", []),
        ("Dependencies: 1", []),
        ("Dependencies: none", []),
        ("Dependencies: users table, see wiki", []),
        ("Dependencies: 004_d.sql", ["history.dependency"]),
        ("Dependencies: 000_never.sql", ["history.dependency"]),
        ("Dependencies: 9", ["history.dependency"]),
        ("Requires: auth.0001_initial", []),
        ("Requires: auth.0002_more", ["history.requires"]),
    ],
)
def test_dependencies_are_met_by_what_is_applied_or_comes_before(line, problems):
    last = migration("003_c", f"-- {line}\nSELECT 1;")
    plan = plan_apply(
        world(ONE, TWO, last, FOUR, django=["auth.0001_initial"]), History(applied(ONE))
    )
    assert codes(plan) == problems


def test_a_dependency_may_be_applied_without_a_file():
    """After a squash the row is there; the missing file is another problem, told once."""
    last = migration("002_b", "-- Dependencies: 001_gone.sql\nSELECT 1;")
    history = History(applied(migration("001_gone")))
    assert codes(plan_apply(world(last), history)) == ["history.missing"]


def test_statements_that_need_to_be_alone_are_refused_but_not_when_faked():
    index = migration("001_i", "BEGIN;\nCREATE INDEX CONCURRENTLY i ON t (a);\nCOMMIT;")
    assert codes(plan_apply(world(index), History())) == ["file.nontransactional"]
    faked = plan_apply(world(index), History(), fake=True)
    assert (codes(faked), [step.direction for step in faked.steps]) == ([], ["fake"])


@pytest.mark.parametrize(
    ("done", "running", "more", "expected"),
    [
        (2, 3, {"error": "no"}, 2),
        (2, 3, {}, 2),
        (0, 1, {"error": "no"}, 0),
        (3, 3, {}, 3),
    ],
)
def test_a_stopped_file_goes_on_after_what_is_done(done, running, more, expected):
    file = migration("001_s", STEPS)
    history = History((), (stopped(file, done=done, running=running, **more),))
    (step,) = plan_apply(world(file), history).steps
    assert step.done == expected


def test_a_kill_in_a_do_block_is_not_run_again_unasked():
    file = migration("001_s", "-- Transaction: off\nSELECT 1;\nDO $$ BEGIN COMMIT; END $$;")
    killed = History((), (stopped(file, done=1, running=2),))
    (problem,) = plan_apply(world(file), killed).problems
    assert problem.code == "history.resume"
    assert problem.locations == (Location("m/001_s.sql", 3),)
    failed = History((), (stopped(file, done=1, running=2, error="no"),))
    assert codes(plan_apply(world(file), failed)) == []


LOST_HEADING = "SELECT 1\n-- DOWN\n-- SELECT 2;\n"


def test_a_rollback_that_would_be_lost_stops_an_apply():
    """Once applied the file must stay as it is, and has no way back."""
    file = migration("001_s", LOST_HEADING)
    (problem,) = plan_apply(world(file), History()).problems
    assert (problem.code, problem.locations) == ("file.heading", (Location("m/001_s.sql", 2),))
    assert problem.message.startswith("this heading begins no part: it stands behind a statement")
    assert problem.hint.startswith("End that statement with a ;")


def test_where_the_rollback_is_lost_already_nothing_but_a_rollback_is_stopped():
    file = migration("001_s", LOST_HEADING)
    history = History(applied(file))
    assert [row.state for row in status(world(file).directory, history)] == [State.APPLIED]
    assert codes(plan_apply(world(file, TWO), history)) == []
    (problem,) = plan_rollback(replace(world(file), alias="tenant"), history).problems
    assert (problem.code, problem.locations) == (
        "history.irreversible",
        (Location("m/001_s.sql", 2),),
    )
    assert "its rollback part stands behind a statement that no ; ends" in problem.message
    accept = "manage.py sqlmigrate_resolve 001_s --accept-checksum --database tenant"
    assert problem.hint.startswith("End that statement with a ;")
    assert accept in problem.hint


def test_a_half_applied_file_that_is_gone_stops_an_apply():
    history = History((), (stopped(migration("001_s", STEPS), done=1, running=2, error="no"),))
    for plan in (plan_apply(world(), history), plan_rollback(world(), history)):
        (problem,) = plan.problems
        assert problem.code == "history.half_done"
        assert problem.message.endswith("statement 1 has taken effect; its file is not there")
        assert problem.hint.startswith("Put 001_s.sql back under that name")
        assert (
            "then run: manage.py sqlmigrate_apply (it goes on at that statement)" in problem.hint
        )
        assert problem.hint.endswith("first: manage.py sqlmigrate_resolve 001_s")
    (told,) = history_findings(status(world().directory, history), "default")
    assert told == problem


@pytest.mark.parametrize("run", [{"error": "no"}, {}], ids=["failed", "killed"])
def test_half_a_rollback_asks_for_the_file_that_is_gone(run):
    text = "-- Transaction: off\nSELECT 1;\n-- DOWN\n-- SELECT 8;\n-- SELECT 9;\n"
    file = migration("001_s", text)
    half = stopped(file, done=1, running=2, direction="down", **run)
    (problem,) = plan_apply(world(), History(applied(file), (half,))).problems
    assert problem.message.endswith("; its file is not there")
    assert ("Mend the cause in it" in problem.hint) == bool(run)
    assert "run: manage.py sqlmigrate_rollback (it goes on" in problem.hint


def test_a_half_applied_file_that_cannot_be_read_is_not_gone():
    broken = Finding(
        "file.unreadable", Severity.CRITICAL, "x", locations=(Location("m/001_s.sql", 3),)
    )
    half = stopped(migration("001_s", STEPS), done=1, running=2, error="no")
    problems = plan_apply(world(problems=[broken]), History((), (half,))).problems
    assert [problem.code for problem in problems] == ["file.unreadable", "history.half_done"]
    assert problems[1].hint.startswith("Mend the cause, then run: manage.py sqlmigrate_apply")


def test_the_next_command_names_its_database():
    """Typed as it stands it must not act on another database."""
    file = migration("001_s", STEPS)
    at = replace(world(file), alias="tenant")
    failed = History((), (stopped(file, done=1, running=2, error="no"),))
    hints = [status_hint(failed, file), *hints_of(plan_rollback(at, failed))]
    gone = History(applied(ONE))
    hints += hints_of(plan_apply(replace(world(), alias="tenant"), gone))
    edited = History(tuple(replace(row, checksum="0" * 64) for row in applied(file)))
    hints += hints_of(plan_apply(at, edited)) + hints_of(plan_rollback(at, edited))
    moved = History((), (stopped(file, done=1, running=2, error="no", done_checksum="0"),))
    hints += hints_of(plan_apply(at, moved))
    assert len(hints) == 6
    for hint in hints:
        assert re.search(r": manage\.py sqlmigrate_resolve 001_\w --database tenant$", hint)
    assert "then run: manage.py sqlmigrate_apply --database tenant (it goes on" in hints[0]
    (hint,) = hints_of(plan_rollback(at, History(), target="001_s"))
    assert hint.endswith(": manage.py sqlmigrate_status --database tenant")


def hints_of(plan) -> list[str]:
    return [problem.hint for problem in plan.problems]


def status_hint(history: History, file) -> str:
    (found,) = history_findings(status(world(file).directory, history), "tenant")
    return found.hint


def test_after_a_kill_there_is_no_cause_to_mend():
    file = migration("001_s", STEPS)
    hint = status_hint(History((), (stopped(file, done=1, running=2),)), file)
    assert hint.startswith("Run: manage.py sqlmigrate_apply --database tenant")


def test_a_run_that_goes_on_is_left_to_the_lock():
    file = migration("001_s", STEPS)
    history = History((), (stopped(file, done=1, running=2, alive=True),))
    assert codes(plan_apply(world(file), history)) == []


def test_rollback_follows_the_order_of_application():
    history = History(applied(ONE, THREE, TWO))
    files = world(ONE, TWO, THREE)
    assert versions(plan_rollback(files, history)) == ["002_b"]
    assert versions(plan_rollback(files, history, target="001_a")) == ["002_b", "003_c"]
    assert versions(plan_rollback(files, history, target="003_c")) == ["002_b"]
    assert versions(plan_rollback(files, history, target="zero")) == ["002_b", "003_c", "001_a"]
    assert versions(plan_rollback(files, history, count=2)) == ["002_b", "003_c"]
    assert codes(plan_rollback(files, history, target="004_d")) == ["history.not_applied"]


def test_a_rollback_that_stopped_goes_on():
    text = "-- Transaction: off\nSELECT 1;\n-- DOWN\n-- SELECT 8;\n-- SELECT 9;\n"
    file = migration("001_s", text)
    run = stopped(file, done=1, running=2, direction="down", error="no")
    history = History(applied(file), (run,))
    (step,) = plan_rollback(world(file), history).steps
    assert (step.direction, step.done) == ("down", 1)
    assert codes(plan_apply(world(file), history)) == ["history.half_done"]


BACK = "-- Transaction: off\nSELECT 1;\n-- DOWN\n-- SELECT 8;\n-- SELEC 9;\n"
MENDED = migration("001_s", BACK.replace("SELEC ", "SELECT "))


def test_a_rollback_that_stopped_goes_on_with_a_mended_rest():
    """As an apply does: what the statements that are done said must be unchanged."""
    file = migration("001_s", BACK)
    failed = stopped(file, done=1, running=2, direction="down", error="no")
    history = History(applied(file), (failed,))
    (step,) = plan_rollback(world(MENDED), history).steps
    assert (step.done, step.part.statements[1].text) == (1, "SELECT 9")
    (told,) = history_findings(status(world(MENDED).directory, history), "default")
    assert told.code == "history.half_done"


def test_a_rollback_that_was_killed_in_its_mended_rest_goes_on():
    killed = stopped(MENDED, done=1, running=2, direction="down")
    (step,) = plan_rollback(
        world(MENDED), History(applied(migration("001_s", BACK)), (killed,))
    ).steps
    assert step.done == 1


@pytest.mark.parametrize(
    ("run", "code", "told"),
    [
        # Nobody knows what came of the statement that ran, and there is no cause to mend.
        ({"done": 1, "running": 2}, "history.changed", ["history.half_done", "history.changed"]),
        # Nothing of it has run: then it is the rollback of a changed file.
        ({"done": 0, "running": 1}, "history.changed", ["history.half_done", "history.changed"]),
        ({"done": 0, "running": 1, "error": "no"}, "history.changed", ["history.changed"]),
        (
            {"done": 1, "running": 2, "error": "no", "done_checksum": "0"},
            "history.resume",
            ["history.half_done"],
        ),
    ],
    ids=["killed", "killed in the first", "failed in the first", "what is done was changed"],
)
def test_any_other_change_stops_a_rollback_and_is_told(run, code, told):
    file = migration("001_s", BACK)
    history = History(applied(file), (stopped(file, direction="down", **run),))
    assert codes(plan_rollback(world(MENDED), history)) == [code]
    found = history_findings(status(world(MENDED).directory, history), "default")
    assert [finding.code for finding in found] == told
