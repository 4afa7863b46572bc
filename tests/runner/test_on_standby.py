"""Commands on a real hot standby: what changes is refused, what looks is served."""

from __future__ import annotations

import pytest
from django.db import connections

from tests.standby import caught_up, standby_of

pytestmark = pytest.mark.db


@pytest.fixture
def standby(project, server, binaries):
    """A standby of the server, made once a file is applied and another one pending."""
    project.write("001_first", "CREATE TABLE first (id int);\n-- DOWN\n-- DROP TABLE first;\n")
    assert project.run("sqlmigrate_apply").code == 0
    project.write("002_second", "CREATE TABLE second (id int);")
    with standby_of(server.params, binaries) as params:
        caught_up(server.params, params)
        place = {"HOST": params["host"], "PORT": str(params["port"])}
        connections.databases[project.alias].update(place)
        connections[project.alias].close()
        connections[project.alias].settings_dict.update(place)
        yield project


def test_a_standby_is_read_and_never_written(standby):
    applied = standby.run("sqlmigrate_apply")
    rolled_back = standby.run("sqlmigrate_rollback", "--noinput", "--allow-data-loss")
    for refused in (applied, rolled_back):
        assert refused.code == 3
        assert "the server is a standby, which takes no changes" in refused.err
        assert "an alias that leads to the primary" in refused.err
    assert standby.applied() == ["001_first"]

    status = standby.run("sqlmigrate_status", "--check")
    assert status.code == 1
    assert "002_second" in status.out
    assert standby.run("sqlmigrate_apply", "--plan").code == 0
    validated = standby.run("validate_schema", only="migrations,database")
    assert validated.code == 0, validated.out + validated.err
    assert "002_second" in validated.out
