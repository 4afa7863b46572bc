"""``sqlmigrate_apply --with-django``: SQL files and Django's migrations in one order."""

from __future__ import annotations

import io
import json
import secrets
import signal
import threading
import time
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

from schema_tools.errors import Interrupted
from schema_tools.postgres.ledger import Ledger
from schema_tools.postgres.lock import lock_key
from schema_tools.postgres.stop import Stop
from schema_tools.services.apply import ApplyOptions, apply
from tests.reports.test_json_schemas import complaints
from tests.runner.waits import wait_for_sleep

pytestmark = pytest.mark.db

SAMPLE = Path(__file__).parents[2] / "migrations_sql"
TABLE = "BEGIN;\nCREATE TABLE {0} (id int);\nCOMMIT;\n-- DOWN\n-- DROP TABLE {0};\n"
NEEDS = "-- Requires: {1}\n" + TABLE
# Stands for the migrations of django.contrib.sessions, which all databases of these tests lack.
MIGRATION = """\
from django.db import migrations

def code(apps, schema_editor):
    from tests.runner import test_with_django
    test_with_django.called(schema_editor)

class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = {dependencies}
    operations = [{operations}]
"""
CODE = "migrations.RunPython(code)"
CALLS: list[object] = []


def called(schema_editor) -> None:
    """Do what a test has asked a Django migration to do."""
    for each in CALLS:
        each(schema_editor.connection)


def sql(text: str) -> str:
    return f"migrations.RunSQL({text!r})"


@pytest.fixture(autouse=True)
def calls():
    yield CALLS
    CALLS.clear()


@pytest.fixture
def sessions(tmp_path, monkeypatch, settings):
    """Return what writes a migration of the app `sessions`, each after the one before it."""
    package = f"sessions_{secrets.token_hex(4)}"
    folder = tmp_path / package
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"sessions": package}
    names: list[str] = []

    def write(name: str, *operations: str, atomic: bool = True, replaces: str = "") -> str:
        before = [("sessions", names[-1])] if names else []
        text = MIGRATION.format(
            atomic=atomic, dependencies=before, operations=", ".join(operations)
        )
        (folder / f"{name}.py").write_text(f"{text}    {replaces}\n")
        names.append(name)
        return f"sessions.{name}"

    return write


def django_applied(project) -> list[str]:
    """Return Django's history, in the order of application."""
    if project.database.execute("SELECT to_regclass('public.django_migrations')") == [(None,)]:
        return []
    rows = project.database.execute("SELECT app, name FROM django_migrations ORDER BY id")
    return [f"{app}.{name}" for app, name in rows]


def run(project, *arguments: str, code: int = 0) -> dict:
    """Run an apply with Django's migrations that ends with this code; return its report."""
    result = project.run("sqlmigrate_apply", *arguments, "--with-django", format="json")
    assert result.code == code, result
    report = json.loads(result.out)
    assert complaints("sqlmigrate_apply", report) == []
    return report


def failure(project, *arguments: str, code: int = 5) -> str:
    """Return what a run says that ends badly."""
    return run(project, *arguments, code=code)["findings"][0]["message"]


@pytest.fixture
def sample(project, settings):
    """The sample service's files, whose table `users` Django's admin refers to."""
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(SAMPLE), "APPS": ["authservice"]}
    return project


def test_an_empty_database_gets_both_and_then_has_nothing_to_do(sample):
    report = run(sample)
    assert len(report["executed"]) == 4
    assert {each["before"] for each in report["django"]} == {None}
    applied = django_applied(sample)
    assert applied == [each["migration"] for each in report["django"]]
    assert {"admin.0003_logentry_add_action_flag_choices", "sessions.0001_initial"} < {*applied}
    rows = sample.database.execute("SELECT DISTINCT app_label FROM django_content_type ORDER BY 1")
    assert {label for (label,) in rows} >= {"admin", "auth", "authservice", "sessions"}
    assert sample.database.execute("SELECT count(*) > 20 FROM auth_permission") == [(True,)]
    again = run(sample)
    assert (again["executed"], again["django"]) == ([], [])


def test_what_a_file_requires_runs_right_before_it(project, sessions):
    first = sessions("0001_first", sql("CREATE TABLE django_one AS SELECT 1 FROM one"))
    second = sessions("0002_second", sql("CREATE TABLE django_two (id int)"))
    sessions("0003_third", sql("CREATE TABLE django_three AS SELECT 1 FROM three"))
    project.write("001_one", TABLE.format("one"))
    project.write("002_two", NEEDS.format("two", second))
    project.write("003_three", TABLE.format("three"))
    report = run(project, "003")
    assert [(each["migration"], each["before"]) for each in report["django"]] == [
        (first, "002_two"),
        (second, "002_two"),
    ]
    assert project.applied() == ["001_one", "002_two", "003_three"]
    assert django_applied(project) == [first, second]


def test_up_to_a_file_what_it_requires_runs_and_nothing_behind(project, sessions):
    sessions("0001_first")
    project.write("001_one", TABLE.format("one"))
    assert run(project, "001")["django"] == []
    assert django_applied(project) == []


def test_progress_counts_both(project, sessions):
    name = sessions("0001_first")
    project.write("001_one", TABLE.format("one"))
    project.write("002_two", NEEDS.format("two", name))
    err = project.run("sqlmigrate_apply", "002", "--with-django").err
    lines = [line.split(" ✅")[0].split("/")[0:2] for line in err.splitlines()]
    assert [line[0] for line in lines] == ["[1", "[2", "[3"]
    assert all(line[1].startswith("3] Applying ") for line in lines)
    assert "Applying sessions.0001_first (Django) ✅" in err


def test_without_the_option_a_file_is_refused_that_names_it(project, sessions):
    name = sessions("0001_first")
    project.write("001_one", NEEDS.format("one", name))
    result = project.run("sqlmigrate_apply", format="json")
    assert result.code == 2
    (found,) = json.loads(result.out)["findings"]
    assert found["message"] == f"it requires Django's migration {name}, which is not applied"
    assert "sqlmigrate_apply --with-django" in found["hint"]


def test_without_the_option_a_name_that_django_does_not_know_is_no_one_to_run(project, sessions):
    sessions("0001_first")
    project.write("001_one", NEEDS.format("one", "sessions.0009_gone"))
    result = project.run("sqlmigrate_apply", format="json")
    assert result.code == 2
    (found,) = json.loads(result.out)["findings"]
    assert found["message"].endswith("sessions.0009_gone, and Django knows none of that name")
    assert "showmigrations" in found["hint"]


def test_a_migration_that_django_does_not_know_is_refused(project, sessions):
    sessions("0001_first")
    project.write("001_one", NEEDS.format("one", "sessions.0009_gone"))
    (found,) = run(project, code=2)["findings"]
    assert (
        "requires Django's migration sessions.0009_gone, and Django knows none"
        in (found["message"])
    )
    assert found["locations"][0]["line"] == 1
    assert (project.applied(), django_applied(project)) == ([], [])


def test_a_squashed_migration_stands_for_those_that_it_replaces(project, sessions):
    sessions("0001_both", replaces='replaces = [("sessions", "0001_a"), ("sessions", "0002_b")]')
    project.write("001_one", NEEDS.format("one", "sessions.0002_b"))
    assert [each["migration"] for each in run(project, "001")["django"]] == ["sessions.0001_both"]
    assert "sessions.0001_both" in django_applied(project)


def test_what_a_half_applied_squash_replaces_stands_for_it(project, sessions):
    parts = sessions("0001_a"), sessions("0002_b")
    project.write("001_one", NEEDS.format("one", parts[0]))
    run(project, "001")
    sessions("0001_both", replaces='replaces = [("sessions", "0001_a"), ("sessions", "0002_b")]')
    project.write("002_two", NEEDS.format("two", "sessions.0001_both"))
    assert [each["migration"] for each in run(project, "002")["django"]] == [parts[1]]


def test_a_scratch_database_knows_what_a_squash_replaces(project, sessions):
    sessions("0001_both", replaces='replaces = [("sessions", "0001_a"), ("sessions", "0002_b")]')
    project.write("001_one", NEEDS.format("one", "sessions.0002_b"))
    shown = project.run("schema_diff", "--from=migrations", "--to=migrations")
    assert shown.code == 0, shown


def test_a_plan_shows_both_and_touches_nothing(project, sessions):
    name = sessions("0001_first", sql("CREATE TABLE django_one (id int)"))
    project.write("001_one", TABLE.format("one"))
    project.write("002_two", NEEDS.format("two", name))
    text = project.run("sqlmigrate_apply", "002", "--plan", "--with-django").out
    places = [text.index(each) for each in ("001_one", f"-- {name} (Django's", "002_two")]
    assert places == sorted(places)
    assert "--   Raw SQL operation" in text
    assert "2 files, 1 migration of Django's" in text
    assert "sqlmigrate_apply 002 --with-django --database" in text
    assert run(project, "002", "--plan")["django"] == [
        {"migration": name, "before": "002_two", "execution_time_ms": None}
    ]
    assert project.tables() == set()


def test_a_dry_run_runs_files_alone_and_says_so(project, sessions):
    sessions("0001_first")
    project.write("001_one", TABLE.format("one"))
    report = run(project, "--dry-run")
    (missed,) = report["not_checked"]
    assert "of Django's (" in missed["what"]
    assert missed["reason"] == "a dry run runs SQL files alone"
    assert project.tables() == set()


def test_a_dry_run_of_a_file_that_requires_one_is_refused(project, sessions):
    name = sessions("0001_first")
    project.write("001_one", NEEDS.format("one", name))
    assert failure(project, "--dry-run", code=2).endswith("which is not applied")


@pytest.mark.parametrize("option", ["--save-plan", "--from-plan"])
def test_a_saved_plan_holds_files_alone(project, tmp_path, option):
    project.write("001_one", TABLE.format("one"))
    assert "a saved plan holds SQL files alone" in failure(
        project, f"{option}={tmp_path / 'plan.json'}", code=2
    )


def test_fake_records_both_and_runs_nothing(project, sessions):
    name = sessions("0001_first", sql("CREATE TABLE django_one (id int)"))
    project.write("001_one", NEEDS.format("one", name))
    report = run(project, "001", "--fake", "--noinput")
    assert report["executed"][0]["direction"] == "fake"
    assert (project.applied(), django_applied(project)) == (["001_one"], [name])
    assert project.tables() == {"django_migrations"}


@pytest.mark.parametrize(
    ("atomic", "left"),
    [(True, "nothing of this migration was applied"), (False, "what it had done by then stays")],
)
def test_a_failure_says_which_and_what_is_there_and_the_next_run_goes_on(
    project, sessions, atomic, left
):
    sessions("0001_first")
    name = sessions(
        "0002_bad", sql("CREATE TABLE made (id int)"), sql("INSERT INTO gone VALUES (1)"),
        atomic=atomic,
    )  # fmt: skip
    project.write("001_one", TABLE.format("one"))
    project.write("002_two", NEEDS.format("two", name))
    said = failure(project, "002")
    assert said.startswith(f"❌ CRITICAL: Migration failed: {name} (Django)\n")
    assert "0002_bad.py\n" in said
    assert 'ProgrammingError 42P01: relation "gone" does not exist' in said
    assert f"Now: {'this migration is not atomic: ' * (not atomic)}{left}; " in said
    assert said.endswith("applied files: 001_one; of Django's: sessions.0001_first")
    assert ("made" in project.tables()) is not atomic
    project.database.execute("CREATE TABLE gone (id int); DROP TABLE IF EXISTS made")
    assert len(run(project, "002")["executed"]) == 1
    assert project.applied() == ["001_one", "002_two"]


def test_code_that_fails_is_a_failed_migration(project, sessions, calls):
    def fail(_connection):
        raise ValueError("no such luck")

    calls.append(fail)
    project.write("001_one", NEEDS.format("one", sessions("0001_first", CODE)))
    assert "ValueError: no such luck" in failure(project, "001")


def test_an_interrupt_says_what_is_there(project, sessions, calls):
    def interrupt(_connection):
        raise KeyboardInterrupt

    calls.append(interrupt)
    name = sessions("0001_first", sql("CREATE TABLE made (id int)"), CODE)
    project.write("001_one", TABLE.format("one"))
    project.write("002_two", NEEDS.format("two", name))
    with pytest.raises(
        KeyboardInterrupt, match=r"stopped by SIGINT in sessions\.0001_first"
    ) as caught:
        project.run("sqlmigrate_apply", "002", "--with-django")
    assert "nothing of this migration was applied; applied files: 001_one" in str(caught.value)
    assert "made" not in project.tables()


def test_the_lock_is_held_while_django_works(project, sessions, calls):
    seen = []
    key = lock_key(str(Ledger("public", "schema_migrations")))

    def look(connection):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
            seen.append(cursor.fetchone()[0])

    calls.append(look)
    project.write("001_one", NEEDS.format("one", sessions("0001_first", CODE)))
    run(project, "001")
    assert seen == [False]


def test_another_run_keeps_django_from_beginning(project, sessions):
    project.write("001_one", NEEDS.format("one", sessions("0001_first")))
    key = lock_key(str(Ledger("public", "schema_migrations")))
    with project.database.connect() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [key])
        assert "another run holds the lock" in failure(project, "001", code=4)
    assert django_applied(project) == []


def test_a_lost_lock_keeps_the_next_one_from_beginning(project, sessions, calls):
    def end_the_holder(_connection):
        project.database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
            "AND objsubid = 1 AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
        )

    calls.append(end_the_holder)
    first = sessions("0001_first", CODE)
    second = sessions("0002_second", sql("CREATE TABLE made (id int)"))
    project.write("001_one", NEEDS.format("one", second))
    assert "the connection that held the lock was lost" in failure(project, "001", code=3)
    assert django_applied(project) == [first]


def test_a_migration_waits_for_a_lock_as_long_as_a_file(project, sessions):
    project.database.execute("CREATE TABLE busy (id int)")
    name = sessions("0001_first", sql("ALTER TABLE busy ADD COLUMN more int"))
    project.write("001_one", NEEDS.format("one", name))
    with project.database.connect() as other:
        other.autocommit = False
        other.execute("SELECT * FROM busy")
        assert "LockNotAvailable" not in (
            said := failure(project, "001", "--lock-timeout=0.1", code=4)
        )
        assert "55P03" in said
        other.rollback()
    assert run(project, "001")["executed"]


def test_djangos_signals_are_sent_once_with_the_whole_plan(project, sessions):
    first, second = sessions("0001_first"), sessions("0002_second")
    project.write("001_one", NEEDS.format("one", first))
    project.write("002_two", NEEDS.format("two", second))
    heard = []

    def hear(signal, plan, using, **_more):
        names = [f"{each.app_label}.{each.name}" for each, _backwards in plan]
        heard.append((signal is post_migrate, using, names, len(django_applied(project))))

    sender = apps.get_app_config("sessions")
    for each in (pre_migrate, post_migrate):
        each.connect(hear, sender=sender)
    try:
        run(project, "002")
    finally:
        for each in (pre_migrate, post_migrate):
            each.disconnect(hear, sender=sender)
    both = [first, second]
    assert heard == [(False, project.alias, both, 0), (True, project.alias, both, 2)]


def test_a_receiver_that_fails_is_told(project, sessions):
    project.write("001_one", NEEDS.format("one", sessions("0001_first")))

    def fail(**_more):
        raise ValueError("not today")

    post_migrate.connect(fail)
    try:
        said = failure(project, "001")
    finally:
        post_migrate.disconnect(fail)
    assert "a receiver of Django's signals" in said
    assert "ValueError: not today" in said
    assert "applied files: 001_one; of Django's: sessions.0001_first" in said


class Nothing:
    """A router that lets no model into any database."""

    def allow_migrate(self, db, app_label, **_hints):
        return False


def test_routers_are_heeded(project, sessions, settings):
    name = sessions("0001_first", sql("CREATE TABLE made (id int)"))
    settings.DATABASE_ROUTERS = [Nothing()]
    project.write("001_one", NEEDS.format("one", name))
    run(project, "001")
    assert (django_applied(project), project.tables()) == ([name], {"one", "django_migrations"})


def test_a_history_that_django_refuses_is_refused(project, sessions):
    first = sessions("0001_first")
    sessions("0002_second")
    project.write("001_one", NEEDS.format("one", first))
    run(project, "001")
    project.database.execute("UPDATE django_migrations SET name = '0002_second'")
    said = failure(project, code=2)
    assert "Django's own history does not fit its migrations" in said


def test_two_ends_are_refused(project, sessions, tmp_path):
    sessions("0001_first")
    sessions("0002_second")
    (package,) = tmp_path.glob("sessions_*")
    text = (package / "0002_second.py").read_text()
    (package / "0002_another.py").write_text(text)
    assert "0002_another, 0002_second in sessions" in failure(project, code=2)


def test_by_the_way_past_a_pooler(project, sessions, settings, monkeypatch):
    direct = {**connections.databases[project.alias]}
    monkeypatch.setitem(connections.databases, "past_the_pooler", direct)
    settings.SCHEMA_TOOLS = {
        **settings.SCHEMA_TOOLS,
        "DATABASES": {project.alias: {"DIRECT_DATABASE": "past_the_pooler"}},
    }
    name = sessions("0001_first")
    project.write("001_one", NEEDS.format("one", name))
    real = connections[project.alias]
    run(project, "001")
    assert django_applied(project) == [name]
    assert connections[project.alias] is real


def test_several_databases_at_a_time(many, sessions, tmp_path, settings, django_db_blocker):
    folder = tmp_path / "sql"
    folder.mkdir()
    name = sessions("0001_first", sql("CREATE TABLE made (id int)"))
    (folder / "001_one.sql").write_text(NEEDS.format("one", name))
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(folder), "APPS": []}
    aliases = many(3)
    out = io.StringIO()
    with django_db_blocker.unblock():
        call_command(
            "sqlmigrate_apply", "001", "--with-django", "--parallel=3", database=aliases,
            format="json", stdout=out,
        )  # fmt: skip
    report = json.loads(out.getvalue())
    assert [each["django"][0]["migration"] for each in report["databases"]] == [name] * 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_migration_of_django_at_once(project, shell, tmp_path, number):
    package = tmp_path / "slow" / "migrations"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    text = MIGRATION.format(
        atomic=True, dependencies=[], operations=sql("CREATE TABLE made (); SELECT pg_sleep(60)")
    )
    (package / "0001_initial.py").write_text(text)
    settings = tmp_path / "shell_settings.py"
    settings.write_text(f'{settings.read_text()}\nINSTALLED_APPS += ["slow"]\n')
    project.write("001_one", TABLE.format("one"))
    process = shell.start("sqlmigrate_apply", "--with-django")
    sleeping = (
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND wait_event = 'PgSleep'"
    )
    try:
        deadline = time.monotonic() + 60
        while not project.database.execute(sleeping):
            assert time.monotonic() < deadline, process.poll()
            time.sleep(0.1)
        process.send_signal(number)
        _out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 128 + number
    assert f"stopped by {number.name} in slow.0001_initial (Django); nothing of this" in err
    assert "applied files: 001_one" in err
    assert project.tables() == {"one", "django_migrations"}
    assert project.database.execute(sleeping) == []


def test_a_run_in_a_thread_can_be_stopped(project, sessions, calls):
    stop = Stop()

    def sleep(connection):
        threading.Thread(target=strike).start()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(600)")

    def strike():
        wait_for_sleep(project.database)
        stop.ask(KeyboardInterrupt())

    calls.append(sleep)
    project.write("001_one", NEEDS.format("one", sessions("0001_first", CODE)))
    with pytest.raises(Interrupted, match=r"stopped by SIGINT in sessions\.0001_first"):
        apply(project.alias, ApplyOptions("001", with_django=True), stop=stop)
