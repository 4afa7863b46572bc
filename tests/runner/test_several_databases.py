"""One command on several databases: the canary first, all of them told of in the end."""

from __future__ import annotations

import io
import json
import signal
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from schema_tools.services.each_database import all_aliases
from tests.reports.test_json_schemas import complaints

pytestmark = pytest.mark.db

TABLE = "BEGIN;\nCREATE TABLE one (id integer);\nCOMMIT;\n"
SLEEP = "BEGIN;\nCREATE TABLE two (id integer);\nSELECT pg_sleep(600);\nCOMMIT;\n"
SLEEP_IN_CODE = "-- Transaction: off\nDO 'BEGIN PERFORM pg_sleep(600); END';\n"
SEVERAL = 4


@pytest.fixture
def tenants(many) -> list[str]:
    return many(SEVERAL)


@pytest.fixture
def broken(server, tenants: list[str]) -> str:
    """The first of them has the table already."""
    with connections[tenants[0]].cursor() as cursor:
        cursor.execute("CREATE TABLE one (id integer)")
    connections[tenants[0]].close()
    return tenants[0]


def named(aliases: list[str]) -> list[str]:
    return [word for alias in aliases for word in ("--database", alias)]


def run(project, *arguments: str):
    """Run the command without the alias that `project` has."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("sqlmigrate_apply", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return error.returncode, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def has_table(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.one') IS NOT NULL")
        found = cursor.fetchone()[0]
    connections[alias].close()
    return found


@pytest.mark.parametrize("more", [[], ["--parallel", "3"]])
def test_each_gets_the_files(project, tenants: list[str], more: list[str]) -> None:
    project.write("001_one", TABLE)
    code, out, _err = run(project, *named(tenants), "--plan", *more)
    assert f"{SEVERAL} of {SEVERAL} databases looked at. None was changed." in out
    assert not any(map(has_table, tenants))
    code, out, err = run(project, *named(tenants), *more)
    assert code == 0, err
    assert all(map(has_table, tenants))
    assert f"{SEVERAL} of {SEVERAL} databases done." in out
    assert all(alias in out and alias in err for alias in tenants)
    code, out, _err = run(project, *named(tenants), *more)
    assert code == 0
    assert out.count("Nothing to apply") == SEVERAL


def test_the_canary_keeps_the_others_from_beginning(project, tenants, broken: str) -> None:
    project.write("001_one", TABLE)
    code, out, _err = run(project, *named(tenants), "--parallel", "3")
    assert code == 5
    assert out.count("not begun") == SEVERAL - 1
    assert f"0 of {SEVERAL} databases done; not done: {', '.join(tenants)}." in out
    assert 'relation "one" already exists' in out
    assert not any(map(has_table, tenants[1:]))


@pytest.mark.parametrize("more", [[], ["--parallel", "3"]])
def test_keep_going_does_the_others(project, tenants, broken: str, more: list[str]) -> None:
    project.write("001_one", TABLE)
    code, out, _err = run(project, *named(tenants), *more, "--keep-going", "--format", "json")
    assert code == 5
    document = json.loads(out)
    assert complaints("sqlmigrate_apply", document) == []
    found = {each["alias"]: each for each in document["databases"]}
    assert [alias for alias in tenants if not found[alias]["ok"]] == [broken]
    assert found[broken]["exit_code"] == document["exit_code"] == 5
    assert "already exists" in found[broken]["error"]
    assert found[broken]["database"]["alias"] == broken
    (place,) = document["findings"][0]["locations"]
    assert place["path"].endswith("001_one.sql")
    assert place["line"] == 2
    assert [step["version"] for step in found[tenants[1]]["executed"]] == ["001_one"]
    assert all(map(has_table, tenants))


def test_a_failure_in_turn_stops_the_rest(project, tenants, broken: str) -> None:
    project.write("001_one", TABLE)
    others = [tenants[1], broken, *tenants[2:]]
    code, out, _err = run(project, *named(others))
    assert code == 5
    assert has_table(tenants[1])
    assert out.count("not begun") == SEVERAL - 2


def test_a_database_that_cannot_be_reached_is_one_of_them(project, tenants: list[str]) -> None:
    project.write("001_one", TABLE)
    connections[tenants[1]].settings_dict["HOST"] = "/nowhere"
    code, out, _err = run(project, *named(tenants), "--keep-going")
    assert code == 3
    assert f"{SEVERAL - 1} of {SEVERAL} databases done; not done: {tenants[1]}." in out
    assert "cannot be reached" in out


def test_plans_and_dry_runs_of_all(project, tenants: list[str]) -> None:
    project.write("001_one", TABLE)
    code, out, _err = run(project, *named(tenants), "--plan")
    assert code == 0
    assert out.count("CREATE TABLE one") == SEVERAL
    code, out, _err = run(project, *named(tenants), "--dry-run", "--parallel", "2")
    assert code == 0
    assert out.count("Nothing was changed.") == SEVERAL
    assert not any(map(has_table, tenants))


def test_all_databases_are_those_that_stand_for_themselves(
    project, tenants: list[str], settings
) -> None:
    connections[tenants[0]].settings_dict["TEST"]["MIRROR"] = tenants[1]
    before = {alias for alias in all_aliases() if alias not in tenants}
    assert before >= {project.alias}
    settings.SCHEMA_TOOLS = {
        **settings.SCHEMA_TOOLS,
        "DATABASES": {tenants[1]: {"DIRECT_DATABASE": tenants[2]}},
    }
    assert {*all_aliases()} == {*before, tenants[1], tenants[3]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--save-plan", "plan.json"], "a saved plan is that of one database"),
        (["--fake"], "asks no questions"),
    ],
)
def test_what_is_meant_for_one(project, tenants, arguments: list[str], said: str) -> None:
    project.write("001_one", TABLE)
    with pytest.raises(CommandError, match=said):
        call_command("sqlmigrate_apply", *named(tenants), *arguments)


def test_named_twice_and_impossible_numbers(project, tenants: list[str]) -> None:
    assert run(project, *named([tenants[0], tenants[0]]))[0] == 2
    project.write("001_one", TABLE)
    with pytest.raises(CommandError, match="no database alias 'misspelt'"):
        call_command("sqlmigrate_apply", *named([tenants[0], "misspelt"]), "--keep-going")
    assert not has_table(tenants[0])
    for number in ("0", "x", "65"):
        with pytest.raises(CommandError, match="not a number from 1 to 64"):
            call_command("sqlmigrate_apply", *named(tenants), "--parallel", number)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("more", [[], ["--parallel", "3"]])
def test_a_signal_ends_all_and_the_next_run_goes_on(
    shell, many, server, sent: signal.Signals, more: list[str]
) -> None:
    tenants = many(SEVERAL)
    shell.project.write("001_one", TABLE)
    shell.project.write("002_sleep", SLEEP)
    known_to(shell, tenants)
    # The canary has no sleep to do: it is through when the signal comes.
    fake = shell.run("sqlmigrate_apply", "001", "--database", tenants[0])
    assert fake.code == 0, fake.err
    assert shell.run("sqlmigrate_apply", "--fake", "--noinput", "--database", tenants[0]).code == 0
    process = shell.start("sqlmigrate_apply", *named(tenants), *more)
    wait_for(server, "pg_sleep", 3 if more else 1)
    process.send_signal(sent)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 128 + sent, out + err
    assert f"{tenants[0]}: done" in err
    assert f"{tenants[1]}: stopped by {sent.name} in " in err
    assert "Migration failed" not in err
    for alias in tenants[1:]:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT to_regclass('public.two')")
            assert cursor.fetchone() == (None,)
        connections[alias].close()
    shell.project.write("002_sleep", SLEEP.replace("600", "0"))
    # What was interrupted left nothing behind, so its text may change; only the first has it.
    done = shell.run("sqlmigrate_apply", *named(tenants[1:]), *more)
    assert done.code == 0, done.err


@pytest.mark.parametrize("arguments", [["--parallel", "2"], []])
@pytest.mark.parametrize("text", [SLEEP, SLEEP_IN_CODE], ids=["live", "copy"])
def test_a_signal_ends_dry_runs(shell, many, server, text: str, arguments: list[str]) -> None:
    """Locks are as real as in a run, so nobody waits for the end of all statements."""
    tenants = many(3)
    shell.project.write("001_sleep", text)
    known_to(shell, tenants)
    # The canary has no sleep to do.
    fake = ("sqlmigrate_apply", "--fake", "--noinput", "--database", tenants[0])
    assert shell.run(*fake).code == 0
    process = shell.start("sqlmigrate_apply", *named(tenants), "--dry-run", *arguments)
    wait_for(server, "pg_sleep", 2 if arguments else 1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGINT, out + err
    assert f"{tenants[1]}: stopped before anything was touched" in err


def known_to(shell, tenants: list[str]) -> None:
    """Let commands in processes of their own know the databases."""
    databases = {alias: connections.databases[alias] for alias in tenants}
    kept = ("ENGINE", "NAME", "HOST", "PORT", "USER")
    plain = {alias: {key: each[key] for key in kept} for alias, each in databases.items()}
    with (shell.home / "shell_settings.py").open("a") as settings:
        settings.write(f"DATABASES.update({plain!r})\n")


def wait_for(server, text: str, count: int) -> None:
    """Wait until so many sessions run a statement with a text."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> "
    query += f"pg_backend_pid() AND query LIKE '%{text}(600)%'"
    deadline = time.monotonic() + 120
    while server.execute(query) != [(count,)]:
        assert time.monotonic() < deadline, "the statement never came"
        time.sleep(0.05)


def test_two_hundred_databases_one_of_them_broken(project, many) -> None:
    tenants = many(200)
    broken = tenants[57]
    with connections[broken].cursor() as cursor:
        cursor.execute("CREATE TABLE one (id integer)")
    connections[broken].close()
    project.write("001_one", TABLE)
    code, out, _err = run(project, *named(tenants), "--parallel", "8", "--keep-going")
    assert code == 5
    assert f"199 of 200 databases done; not done: {broken}." in out
