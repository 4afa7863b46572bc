"""/health/schema: the right word and code for each state, and details for nobody but staff."""

from __future__ import annotations

import logging
import socket
import time

import pytest
from django.db import connections

from schema_tools.services import overview
from schema_tools.services.last_validation import remember
from schema_tools.services.question import Question
from schema_tools.services.validate import validate

pytestmark = [pytest.mark.db, pytest.mark.django_db]

URL = "/health/schema"


def nothing(project):
    pass


def all_applied(project):
    project.write("001_first", "CREATE TABLE first (id int);")
    project.apply()


def pending(project):
    all_applied(project)
    project.write("002_second", "CREATE TABLE second (id int);")


def changed(project):
    project.write("001_first", "CREATE TABLE first (id int);")
    project.apply()
    project.write("001_first", "CREATE TABLE first (id bigint);")


def missing(project):
    all_applied(project)
    (project.folder / "001_first.sql").unlink()


def ahead(project):
    """The files are those of an older program: in a deployment, or after the program went back."""
    pending(project)
    project.apply()
    (project.folder / "002_second.sql").unlink()


def ahead_and_changed(project):
    ahead(project)
    project.write("001_first", "CREATE TABLE first (id bigint);")


def lost_between(project):
    pending(project)
    project.apply()
    (project.folder / "001_first.sql").unlink()


def failed(project):
    project.write("001_first", "SELECT 1/0;")
    assert project.apply() == 5


def out_of_order(project):
    for number in ("001", "003"):
        project.write(f"{number}_file", f"CREATE TABLE file{number} (id int);")
    (project.folder / "002_file.sql").write_text("SELECT 1;")
    project.apply()
    project.database.execute("DELETE FROM schema_migrations WHERE version = '002_file'")


def unreadable(project):
    (project.folder / "001_first.sql").write_bytes(b"\xff\xfe")


def another_tools_table(project):
    project.database.execute("CREATE TABLE schema_migrations (version bigint, dirty boolean)")


def no_folder(project):
    project.folder.rmdir()


@pytest.mark.parametrize(
    ("arrange", "code", "word"),
    [
        (nothing, 200, "ok"),
        (all_applied, 200, "ok"),
        (pending, 503, "pending"),
        (changed, 503, "damaged"),
        (missing, 503, "damaged"),
        (ahead, 200, "ahead"),
        (ahead_and_changed, 503, "damaged"),
        (lost_between, 503, "damaged"),
        (failed, 503, "damaged"),
        (out_of_order, 503, "damaged"),
        (unreadable, 503, "damaged"),
        (another_tools_table, 503, "damaged"),
        (no_folder, 503, "unavailable"),
    ],
)
def test_strangers_get_a_word_and_nothing_else(client, project, arrange, code, word):
    arrange(project)
    response = client.get(URL)
    assert (response.status_code, response.json()) == (code, {"status": word})
    assert response["Content-Type"] == "application/json"


def test_a_trailing_slash_is_taken(client, project):
    assert client.get(f"{URL}/").json() == {"status": "ok"}


def test_head_has_the_code_alone(client, project):
    pending(project)
    response = client.head(URL)
    assert (response.status_code, response.content) == (503, b"")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_other_methods_are_not_allowed(client, project, method):
    response = getattr(client, method)(URL)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert "no-store" in response["Cache-Control"]


def test_no_answer_is_cached(client, project):
    assert "no-store" in client.get(URL)["Cache-Control"]


def test_load_balancers_are_not_sent_to_tls(client, project, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(URL).status_code == 200
    assert client.get("/auth/me").status_code == 301


def test_an_unreachable_server_is_told_without_its_name(client, nowhere, caplog):
    response = client.get(URL)
    assert (response.status_code, response.json()) == (503, {"status": "unavailable"})
    assert "database 'nowhere' cannot be reached" in caplog.text
    assert "not to be seen" not in caplog.text


def test_nobody_is_asked_who_he_is_while_a_server_is_away(client, administrator, nowhere):
    assert client.get(URL).json() == {"status": "unavailable"}


def test_a_server_that_takes_connections_and_says_nothing_counts_as_away(
    client, nowhere, monkeypatch
):
    monkeypatch.setattr(overview, "ANSWER_SECONDS", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host, port = silent.getsockname()
        connections[nowhere].settings_dict.update(HOST=host, PORT=str(port))
        begun = time.monotonic()
        assert client.get(URL).json() == {"status": "unavailable"}
    assert time.monotonic() - begun < 60


def test_a_locked_history_table_is_not_waited_for(client, project, monkeypatch, caplog):
    monkeypatch.setattr(overview, "ANSWER_SECONDS", 0.3)
    all_applied(project)
    with project.database.connect() as connection, connection.transaction():
        connection.execute("LOCK TABLE schema_migrations")
        response = client.get(URL)
    assert (response.status_code, response.json()) == (503, {"status": "unavailable"})
    assert "did not answer" in caplog.text
    monkeypatch.setattr(overview, "ANSWER_SECONDS", 60.0)
    assert client.get(URL).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"NO_SUCH_KEY": 1},
        {"DATABASES": {"no_such_alias": {}}},
        ["not a dict"],
    ],
    ids=["key", "alias", "list"],
)
def test_a_wrong_setting_is_unavailable(client, settings, wrong):
    settings.SCHEMA_TOOLS = wrong
    assert client.get(URL).json() == {"status": "unavailable"}


def test_without_a_postgresql_there_is_nothing_to_be_well(client, settings, monkeypatch):
    monkeypatch.setattr(connections["default"], "vendor", "sqlite")
    response = client.get(URL)
    assert (response.status_code, response.json()) == (503, {"status": "unavailable"})


def test_an_unforeseen_error_is_logged_and_not_shown(client, project, monkeypatch, caplog):
    def fail(*_args, **_options):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(overview, "status", fail)
    response = client.get(URL)
    assert (response.status_code, response.json()) == (503, {"status": "unavailable"})
    (record, *_rest) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.name == "schema_tools.health"
    assert "the secret of the house" in caplog.text


def test_even_a_fault_of_the_view_itself_is_a_503(client, project, monkeypatch, caplog):
    def fail():
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr("schema_tools.views.overviews", fail)
    response = client.get(URL)
    assert (response.status_code, response.json()) == (503, {"status": "unavailable"})
    assert "the secret of the house" in caplog.text


@pytest.mark.parametrize("who", ["ordinary_user", "staff_without_permission"])
def test_without_the_permission_one_is_a_stranger(client, project, request, who):
    request.getfixturevalue(who)
    assert client.get(URL).json() == {"status": "ok"}


def test_a_broken_session_is_a_stranger(client, project, administrator, monkeypatch, caplog):
    def fail(*_args):
        raise RuntimeError("sessions are gone")

    monkeypatch.setattr(type(administrator), "has_perm", fail)
    assert client.get(URL).json() == {"status": "ok"}
    assert "sessions are gone" in caplog.text


@pytest.mark.parametrize("who", ["administrator", "moderator"])
def test_staff_with_the_permission_see_details(client, three, request, who):
    request.getfixturevalue(who)
    body = client.get(URL).json()
    assert body["status"] == "pending"
    found = body["databases"][three.alias]
    assert found["status"] == "pending"
    assert found["migrations"]["applied"] == 1
    assert found["migrations"]["pending"] == ["002_second", "003_third"]
    assert (found["findings"], found["last_validation"]) == ([], None)
    assert body["databases"]["default"]["status"] == "ok"


def test_staff_see_the_codes_of_findings(client, project, moderator):
    changed(project)
    found = client.get(URL).json()["databases"][project.alias]
    assert (found["status"], found["findings"]) == ("damaged", ["history.changed"])


def test_staff_see_what_is_wrong_with_a_history(client, project, moderator):
    another_tools_table(project)
    found = client.get(URL).json()["databases"][project.alias]
    assert found["status"] == "damaged"
    assert "golang-migrate" in found["error"]


def test_staff_see_the_last_validation(client, sample, moderator):
    question = Question(sample.alias)
    remember(question, validate(question), by="a test")
    found = client.get(URL).json()["databases"][sample.alias]["last_validation"]
    assert found["ok"] is True
    assert found["at"].endswith("+00:00")


def test_no_connection_stays_open(client, project, server):
    all_applied(project)
    client.get(URL)
    query = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{project.database.name}'"
    deadline = time.monotonic() + 30
    while server.execute(query) != [(0,)] and time.monotonic() < deadline:
        time.sleep(0.05)  # the server process ends a moment after its client
    assert server.execute(query) == [(0,)]


def test_a_bad_state_is_no_error_of_the_site(client, project, caplog):
    pending(project)
    assert client.get(URL).status_code == 503
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
