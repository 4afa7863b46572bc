"""No password, of a connection or of a statement, is printed, logged or stored as an error."""

from __future__ import annotations

import logging

import pytest
from django.db import connections

from schema_tools.history.passwords import without_passwords
from tests.validate.sample import ROOT, run

SECRET = "hu§sh"
GIVEN_AWAY = {
    "role": f"CREATE ROLE a PASSWORD '{SECRET}' LOGIN",
    "escape string": f"ALTER ROLE a ENCRYPTED PASSWORD E'x\\'{SECRET}'",
    "dollars": f"create user a password $x$'{SECRET}$x$",
    "next line": f"ALTER ROLE a PASSWORD\n  '{SECRET}'",
    "within a string": f"EXECUTE 'CREATE ROLE a PASSWORD ''{SECRET}'''",
    "within two": f"EXECUTE 'EXECUTE ''ALTER ROLE a PASSWORD ''''{SECRET}'''''''",
    "cut off in a string": f"EXECUTE 'ALTER ROLE a PASSWORD ''{SECRET}",
    "doubled quote": f"CREATE USER MAPPING FOR a SERVER b OPTIONS (password 'x''{SECRET}')",
    "wrongly written": f"ALTER ROLE a PASSWORD = '{SECRET}'",
    "cut off": f"CREATE ROLE a PASSWORD '{SECRET}",
    "subscription": f"CREATE SUBSCRIPTION s CONNECTION 'host=h password={SECRET} dbname=d'",
    "quoted in a string": f"CONNECTION 'password=''x {SECRET}'' host=h'",
    "url": f"CONNECTION 'postgresql://user:{SECRET}@host/db'",
    "parameter of a url": f"'postgresql://host/db?user=u&password={SECRET}&x=y'",
    "dblink": f"SELECT dblink_connect('host=h password={SECRET}')",
    "key of a certificate": f"'sslkey=k sslpassword={SECRET}'",
}
HARMLESS = (
    "CREATE TABLE users (password VARCHAR(255) NOT NULL)",
    "COMMENT ON COLUMN users.password IS 'hashed'",
    "ALTER ROLE a PASSWORD NULL",
    "ALTER TABLE users ADD CHECK (password <> '')",
    "SELECT 'http://host:80/a@b'",
)


@pytest.mark.parametrize("text", GIVEN_AWAY.values(), ids=GIVEN_AWAY)
def test_a_password_is_hidden(text):
    hidden = without_passwords(text)
    assert SECRET not in hidden
    assert "…" in hidden
    assert hidden.count("\n") == text.count("\n")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_password_stays(text):
    assert without_passwords(text) == text


def test_what_follows_a_password_stays():
    text = "ALTER ROLE a PASSWORD 'x' LOGIN; DROP TABLE b"
    assert without_passwords(text) == "ALTER ROLE a PASSWORD '…' LOGIN; DROP TABLE b"


FAILING = {
    "role": f"CREATE ROLE pg_nobody PASSWORD '{SECRET}'",
    "mapping": f"CREATE USER MAPPING FOR CURRENT_USER SERVER none OPTIONS (password '{SECRET}')",
    "subscription": "CREATE SUBSCRIPTION s CONNECTION "
    f"'host=/nowhere password={SECRET}' PUBLICATION p WITH (connect = no, bad = 1)",
    "block": f"DO $$ BEGIN EXECUTE 'CREATE ROLE pg_nobody PASSWORD ''{SECRET}'''; END $$",
    "raised": f"DO $$ BEGIN RAISE 'cannot: CREATE ROLE a PASSWORD ''{SECRET}'''; END $$",
}


@pytest.mark.db
@pytest.mark.parametrize("statement", FAILING.values(), ids=FAILING)
def test_no_password_of_a_failed_statement_is_shown_or_stored(project, caplog, statement):
    caplog.set_level(logging.DEBUG)
    project.write("001_secret", f"{statement};\n")
    result = project.run("sqlmigrate_apply", "--noinput")
    assert result.code == 5, result.err
    as_json = project.run("sqlmigrate_apply", "--noinput", format="json")
    status = project.run("sqlmigrate_status")
    plan = project.run("sqlmigrate_apply", "--plan")
    for text in (result.err, as_json.out, as_json.err, status.out, plan.out, caplog.text):
        assert SECRET not in text
    assert "…" in plan.out
    stored = "SELECT error FROM schema_migration_events UNION SELECT error FROM {0}"
    rows = project.database.execute(stored.format("schema_migration_progress"))
    assert rows
    assert not any(SECRET in error for (error,) in rows)


@pytest.mark.db
def test_no_password_of_a_file_in_doubt_is_shown(project):
    text = "ALTER ROLE CURRENT_USER PASSWORD 'hunter2';\nCREATE TABLE one (id int);\n"
    path = project.folder / "001_one.sql"
    project.write("001_one", text)
    assert project.run("sqlmigrate_apply").code == 0
    for change in (lambda: project.write("001_one", text.replace("2", "3")), path.unlink):
        change()
        for form in ("text", "json"):
            result = project.run("sqlmigrate_resolve", "1", format=form)
            assert result.code == 0, result.err
            assert "PASSWORD '…'" in result.out
            assert "hunter" not in result.out
    assert project.run("sqlmigrate_resolve", "1", "--restore", "--noinput").code == 0
    assert "hunter2" in path.read_text()


@pytest.mark.db
@pytest.mark.parametrize("command", ["sqlmigrate_status", "sqlmigrate_apply", "validate_schema"])
@pytest.mark.parametrize("fault", ["wrong host", "wrong option"])
def test_the_password_of_the_connection_is_not_shown(project, caplog, command, fault):
    settings = connections[project.alias].settings_dict
    settings["PASSWORD"] = SECRET
    if fault == "wrong host":
        settings["HOST"] = "/nowhere"
    else:
        settings["OPTIONS"] = {"no_such_option": SECRET}
    project.write("001_first", "SELECT 1;")
    result = project.run(command)
    assert result.code in {2, 3}, result.err
    assert SECRET not in result.out + result.err + caplog.text


@pytest.mark.process
@pytest.mark.parametrize("url", ["postgresql://u:{0}@[bad/x", "postgresql://u:{0}@h:port/x"])
def test_a_wrong_database_url_does_not_give_its_password_away(url):
    done = run(ROOT, url.format("hush"), "sqlmigrate_status")
    assert done.returncode != 0
    assert "hush" not in done.stdout + done.stderr
