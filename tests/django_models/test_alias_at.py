"""While an alias means a scratch database, nothing reaches the real one through it."""

from __future__ import annotations

import pytest
from django.db import connections

from schema_tools.conf import Settings
from schema_tools.django_models import collect
from schema_tools.django_models.collect import alias_at
from schema_tools.errors import Unavailable
from schema_tools.postgres.scratch import open_scratch

pytestmark = pytest.mark.db


@pytest.fixture
def scratch(alias: str):
    """A scratch database on the server of the alias."""
    with open_scratch(alias, Settings()) as server:
        yield server.create()


def reached(alias: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_database()")
        return cursor.fetchone()[0]


def test_the_alias_means_the_scratch_database_until_the_end(alias, scratch, database) -> None:
    with alias_at(alias, scratch.params) as wrapper:
        assert connections[alias] is wrapper
        assert wrapper.alias == alias
        assert reached(alias) == scratch.name
    assert reached(alias) == database.name


def test_the_real_database_is_back_after_an_error(alias, scratch, database) -> None:
    def fail() -> None:
        with alias_at(alias, scratch.params):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert reached(alias) == database.name


def test_a_pool_of_the_alias_is_not_used(alias, scratch) -> None:
    connections[alias].settings_dict["OPTIONS"] = {"pool": {"min_size": 1}}
    with alias_at(alias, scratch.params) as wrapper:
        assert "pool" not in wrapper.settings_dict["OPTIONS"]
        assert wrapper.settings_dict["CONN_MAX_AGE"] == 0
        assert reached(alias) == scratch.name
    connections[alias].settings_dict["OPTIONS"] = {}


def test_the_embedded_backend_is_not_asked_for_its_own_server(alias, scratch) -> None:
    connections[alias].settings_dict["ENGINE"] = "schema_tools.postgres.backend"
    with alias_at(alias, scratch.params) as wrapper:
        assert wrapper.settings_dict["ENGINE"] == "django.db.backends.postgresql"
        assert reached(alias) == scratch.name
    connections[alias].settings_dict["ENGINE"] = "django.db.backends.postgresql"


def test_a_backend_that_goes_elsewhere_is_refused(alias, scratch, monkeypatch, database) -> None:
    monkeypatch.setattr(collect, "_wrapper", lambda real, _alias, _params: real.copy())
    with (
        pytest.raises(Unavailable, match=f"connects to {database.name}"),
        alias_at(alias, scratch.params),
    ):
        pass
    assert reached(alias) == database.name
