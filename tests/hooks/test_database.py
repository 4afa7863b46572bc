"""A database that cannot be reached is asked once, and that does not take long."""

from __future__ import annotations

import socket

import pytest
from django.db import connections

from schema_tools.errors import Unavailable
from schema_tools.hooks.database import cut_off_if_unreachable
from schema_tools.postgres.session import connect

ALIAS = "of_a_hook"


@pytest.fixture
def silent_port():
    """A port that takes connections, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def database_at(silent_port, django_db_blocker):
    connections.databases[ALIAS] = {
        **connections.databases["default"],
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "127.0.0.1",
        "PORT": str(silent_port),
    }
    with django_db_blocker.unblock():
        yield
    del connections[ALIAS]
    del connections.databases[ALIAS]


def test_who_has_waited_once_does_not_wait_again(database_at) -> None:
    _made_before = connections[ALIAS]
    reason = cut_off_if_unreachable(ALIAS)
    assert f"database '{ALIAS}' cannot be reached" in reason
    with pytest.raises(Unavailable, match="/nonexistent"):
        connect(ALIAS)


@pytest.mark.db
def test_one_that_answers_is_left_as_it_is(alias: str) -> None:
    before = connections.databases[alias]
    assert cut_off_if_unreachable(alias) == ""
    assert connections.databases[alias] is before
