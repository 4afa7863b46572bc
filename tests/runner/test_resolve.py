"""A run that has stopped: what a look says, and what may be settled.

What else can be in doubt is in test_resolve_cases.py, runs that were killed in
test_resolve_killed.py.
"""

from __future__ import annotations

import pytest

from tests.runner.resolving import BASE, STEPS, doubts, last_event, look, offers, refused, settle

pytestmark = pytest.mark.db


@pytest.fixture
def stopped(project):
    """A project with a file of which the first two statements have run and the third failed."""
    project.write("001_base", BASE)
    project.write("002_steps", STEPS)
    assert project.run("sqlmigrate_apply").code == 5
    return project


def test_a_run_that_stopped_goes_on_where_the_database_is(stopped):
    result = stopped.run("sqlmigrate_resolve", "2")
    assert (
        "Statements 1 to 2 of 4 are there, as the history says: the schema alone does not tell"
        in result.out
    )
    assert f"manage.py sqlmigrate_apply --database {stopped.alias}" in result.out
    assert "goes on after statement 2 of 4" in result.out
    document = look(stopped, "2")
    assert (document["situation"], document["fits"]) == ("stopped", [2, 3])
    assert (document["next"], document["offers"]) == ("sqlmigrate_apply", [])
    assert "the database does not have all of it" in refused(stopped, "2", "--applied")
    assert "the database has something of it" in refused(stopped, "2", "--rolled-back")


def test_what_was_finished_by_hand_is_recorded(stopped):
    stopped.database.execute("CREATE INDEX two_id ON two (id)")
    document = look(stopped, "2")
    assert (document["fits"], offers(document)) == ([4], {"--applied": "record"})
    assert doubts(document, "--applied") == [4]  # of the failed SELECT nobody can see anything
    assert "line 4, SELECT: it fails in a replay: division by zero" in refused(
        stopped, "2", "--applied"
    )
    assert "nobody could be asked" in refused(stopped, "2", "--applied", "--reason", "x")
    settle(stopped, "2", "--applied", "--reason", "it only looks", "--noinput")
    assert stopped.applied() == ["001_base", "002_steps"]
    event, version, reason, text, by, has_fingerprint = last_event(stopped)
    assert (event, version, has_fingerprint) == ("resolve", "002_steps", True)
    assert reason == "--applied: record it as completely applied. it only looks"
    assert text.startswith("-- Transaction: off")
    assert "@" in by
    assert stopped.run("sqlmigrate_status", "--check").code == 0


def test_what_was_undone_by_hand_is_forgotten(stopped):
    stopped.database.execute("DROP TABLE one, two; INSERT INTO base VALUES (1)")
    assert offers(look(stopped, "2")) == {"--rolled-back": "forget"}
    settle(stopped, "2", "--rolled-back")
    assert last_event(stopped)[:3] == ("resolve", "002_steps", "--rolled-back: forget the run.")
    assert stopped.run("sqlmigrate_apply").code == 0
    assert stopped.tables() == {"base", "one", "two"}


def test_what_fits_nothing_is_left_alone_and_shown(stopped):
    stopped.database.execute("ALTER TABLE two ALTER id TYPE text; CREATE INDEX two_id ON two (id)")
    result = stopped.run("sqlmigrate_resolve", "2")
    assert "neither as it was before it" in result.out
    assert "column id: type: integer → text" in result.out
    assert "Safe now:\n  nothing, as it stands" in result.out
    assert "Do the rest of it by hand, or undo what is there" in result.out
    for flag in ("--applied", "--rolled-back"):
        refused(stopped, "2", flag, "--reason", "I want it", "--noinput")
    document = look(stopped, "2")
    assert (document["fits"], document["offers"], document["next"]) == ([], [], None)


def test_what_differs_elsewhere_is_said_apart(stopped):
    stopped.database.execute("ALTER TABLE base ADD extra int; DROP TABLE one, two")
    out = stopped.run("sqlmigrate_resolve", "2").out
    assert "Nothing of it is there" in out
    assert "Elsewhere" in out
    assert "column public.base.extra" in out
    settle(stopped, "2", "--rolled-back")


@pytest.fixture
def half_back(project):
    """A project with a file whose rollback has failed in its second statement, and is mended."""
    text = """\
        -- Transaction: off
        CREATE TABLE one (id int);
        CREATE TABLE two (id int);
        -- DOWN
        -- DROP TABLE two;
        -- DROP TABEL one;
        """
    project.write("001_two", text)
    assert project.run("sqlmigrate_apply").code == 0
    assert project.run("sqlmigrate_rollback", "--noinput", "--allow-data-loss").code == 5
    project.write(
        "001_two", text.replace("TABEL", "TABLE IF EXISTS nothing;\n        -- DROP TABLE")
    )
    return project


def test_a_rollback_whose_rest_was_mended_goes_on_as_it_is_offered(half_back):
    result = half_back.run("sqlmigrate_resolve", "1")
    assert "-- DROP TABEL one;\n+-- DROP TABLE IF EXISTS nothing;" in result.out
    assert "goes on after statement 1 of 3; mend the cause before" in result.out
    assert "mv " not in result.out
    assert look(half_back, "1")["next"] == "sqlmigrate_rollback"
    why = refused(half_back, "1", "--accept-checksum")
    assert "its rollback has stopped, which comes first" in why
    result = half_back.run("sqlmigrate_rollback", "--noinput", "--allow-data-loss")
    assert result.code == 0, result.out + result.err
    assert (half_back.applied(), half_back.tables()) == ([], set())
    assert half_back.run("sqlmigrate_apply").code == 0


def test_where_the_text_of_a_half_done_rollback_was_changed_it_is_put_back(half_back):
    path = half_back.folder / "001_two.sql"
    path.write_text(path.read_text().replace("DROP TABLE two", "DROP TABLE two CASCADE"))
    result = half_back.run("sqlmigrate_rollback", "--noinput", "--allow-data-loss")
    assert result.code == 2
    assert "what it had done by then no longer stands like that in the file" in result.out
    document = look(half_back, "1")
    assert (document["next"], document["offers"]) == (None, [])
    assert "001_two --restore" in half_back.run("sqlmigrate_resolve", "1").out
