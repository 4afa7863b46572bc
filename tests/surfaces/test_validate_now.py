"""The button: it validates, remembers, and says what it found or why it could not."""

from __future__ import annotations

import psycopg
import pytest
from django.test import Client

from schema_tools.errors import ScratchUnavailable
from schema_tools.postgres.lock import lock_key
from schema_tools.services import validate_now
from schema_tools.services.last_validation import last_validation

pytestmark = [pytest.mark.db, pytest.mark.django_db]

PAGE = "/admin/schema_tools/appliedmigration/"
URL = f"{PAGE}validate/"


def press(client, project):
    response = client.post(URL, {"database": project.alias}, follow=True)
    assert response.redirect_chain == [(PAGE, 302)]
    return response.text


def failing(error):
    def validate(_question):
        raise error

    return validate


def test_the_result_is_remembered_with_who_asked(client, sample, moderator):
    text = press(client, sample)
    assert "in the others models, SQL files and database all agree." in text
    found = last_validation(sample.alias)
    assert found.ok
    assert found.by == f"{moderator}, on this page"
    assert f"by {moderator}, on this page;" in text


def test_findings_are_shown_at_once(client, sample, moderator):
    sample.database.execute("DROP INDEX idx_sessions_is_revoked")
    text = press(client, sample)
    assert "Validated. 1 " in text
    assert "idx_sessions_is_revoked" in text
    assert "Table <code>sessions</code>" in text


def test_the_live_database_is_only_read(client, sample, server, moderator):
    query = "SELECT c.oid, c.relname FROM pg_class c ORDER BY 1"
    databases = "SELECT datname FROM pg_database ORDER BY 1"
    before = sample.database.execute(query), server.execute(databases)
    press(client, sample)
    assert (sample.database.execute(query), server.execute(databases)) == before


def test_a_second_run_at_the_same_time_is_refused(client, sample, moderator):
    key = lock_key("validation")
    with sample.database.connect() as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s::bigint)", (key,))
        text = press(client, sample)
    assert "Another validation is going on. Load the page again in a moment." in text
    assert last_validation(sample.alias) is None
    assert "Validated." in press(client, sample)


def test_it_takes_a_post(client, sample, moderator):
    assert client.get(URL, {"database": sample.alias}).status_code == 405


def test_it_takes_a_csrf_token(sample, moderator):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(moderator)
    assert strict.post(URL, {"database": sample.alias}).status_code == 403
    assert last_validation(sample.alias) is None


@pytest.mark.parametrize("unknown", ["", "no_such_alias"])
def test_an_unknown_database_is_not_found(client, sample, moderator, unknown):
    assert client.post(URL, {"database": unknown}).status_code == 404


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ScratchUnavailable("no scratch database", hint="Set SCRATCH."), "Set SCRATCH."),
        (psycopg.OperationalError("the server went away"), "The server went away."),
        (RuntimeError("the secret of the house"), "for an unforeseen reason: see the log"),
    ],
)
def test_a_failure_is_said_and_nothing_is_remembered(
    client, sample, moderator, monkeypatch, caplog, error, words
):
    monkeypatch.setattr(validate_now, "validate", failing(error))
    text = press(client, sample)
    assert "Not validated" in text
    assert words in text
    assert "the secret of the house" not in text
    assert ("the secret of the house" in caplog.text) == isinstance(error, RuntimeError)
    assert last_validation(sample.alias) is None


def test_an_unreachable_database_is_said(client, nowhere, moderator):
    response = client.post(URL, {"database": nowhere}, follow=True)
    assert "Not validated: Database &#x27;nowhere&#x27; cannot be reached" in response.text
    assert "not to be seen" not in response.text
