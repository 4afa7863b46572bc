"""Django on the embedded server: started by the first connection and by nothing else."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from schema_tools.errors import Unavailable
from schema_tools.postgres.backend.base import DatabaseWrapper, binaries_of
from schema_tools.postgres.embedded.server import EmbeddedServer
from tests.postgres.embedded.processes import PROJECT

SETTINGS = """
SECRET_KEY = "not secret"
INSTALLED_APPS = ["django.contrib.contenttypes", "schema_tools"]
DATABASES = {{
    "default": {{
        "ENGINE": "schema_tools.postgres.backend",
        "NAME": "data base",
        "EMBEDDED": {{"HOME": {home!r}, "BINARIES": {binaries!r}}},
    }}
}}
"""


@pytest.fixture
def django_admin(embedded, binaries, tmp_path):
    """Run a management command in a project whose database is an embedded server of its own."""
    text = SETTINGS.format(home=str(embedded.home), binaries=str(binaries.folder))
    (tmp_path / "project_settings.py").write_text(text)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            env={
                "PYTHONPATH": f"{tmp_path}:{PROJECT}",
                "DJANGO_SETTINGS_MODULE": "project_settings",
                "PATH": "/usr/bin:/bin",
            },
            capture_output=True,
            text=True,
        )

    return run


@pytest.mark.process
@pytest.mark.parametrize("command", [["check"], ["migrate", "--help"]])
def test_what_needs_no_database_starts_nothing(django_admin, embedded, command):
    answer = django_admin(*command)
    assert answer.returncode == 0, answer.stderr
    assert not embedded.home.exists()


@pytest.mark.db
def test_the_first_connection_starts_the_server_and_creates_the_database(django_admin, embedded):
    code = (
        "from django.db import connection; from schema_tools.postgres.session import connect\n"
        "print(connect('default').info.dbname)\n"
        "print(connection.cursor().execute('SELECT current_database()').fetchone()[0])"
    )
    answer = django_admin("shell", "-v0", "-c", code)
    assert answer.stdout == "data base\ndata base\n", answer.stderr
    assert embedded.is_running()
    assert django_admin("shell", "-v0", "-c", code).stdout == answer.stdout


@pytest.mark.db
def test_dbshell_is_the_psql_of_the_server(django_admin, binaries):
    if not (binaries.folder / "psql").is_file():
        pytest.skip(f"there is no psql in {binaries.folder}")
    answer = django_admin("dbshell", "--", "-XAtc", "SELECT current_database()")
    assert answer.stdout == "data base\n", answer.stderr


@pytest.mark.db
def test_djangos_test_databases_are_created_and_destroyed_on_it(django_admin, embedded):
    code = (
        "from django.db import connection\n"
        "connection.creation.create_test_db(verbosity=0)\n"
        "print(connection.cursor().execute('SELECT current_database()').fetchone()[0])\n"
        "connection.creation.destroy_test_db('x', verbosity=0)\n"
    )
    answer = django_admin("shell", "-v0", "-c", code)
    assert answer.stdout == "test_data base\n", answer.stderr


@pytest.mark.db
def test_a_server_that_cannot_start_gives_its_hint_to_djangos_commands_too(django_admin, embedded):
    embedded.home.mkdir()
    embedded.home.chmod(0o777)
    answer = django_admin("migrate")
    assert answer.returncode == 1
    assert "others may write to" in answer.stderr
    assert "Close it with: chmod 700" in answer.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs EMBEDDED ="),
        ({"BINARIES": "/usr/bin"}, "needs EMBEDDED ="),
        ({"HOME": "x", "PRIVATE": True}, "needs EMBEDDED ="),
        ({"HOME": "x", "FOLDER": "y"}, "not 'FOLDER'"),
    ],
)
def test_settings_that_name_no_server_are_refused(options, words):
    with pytest.raises(ImproperlyConfigured, match=words):
        binaries_of({"EMBEDDED": options})


def test_programs_that_are_not_there_are_an_error_at_the_first_connection(tmp_path):
    embedded = {"HOME": tmp_path / "home", "BINARIES": tmp_path}
    wrapper = DatabaseWrapper({"EMBEDDED": embedded, "NAME": "x", "USER": "", "OPTIONS": {}})
    with pytest.raises(Unavailable, match="is no folder of PostgreSQL programs"):
        wrapper.get_connection_params()
    assert not EmbeddedServer(tmp_path / "home").is_running()


@pytest.mark.db
def test_its_connection_knows_what_the_server_lacks(server, binaries):
    options = {"PRIVATE": True, "BINARIES": str(binaries.folder)}
    wrapper = DatabaseWrapper({"EMBEDDED": options, "NAME": None, "USER": "", "OPTIONS": {}})
    wrapper.ensure_server()
    assert wrapper.settings_dict["HOST"] == server.params["host"]
    with pytest.raises(psycopg.errors.FeatureNotSupported) as caught:
        server.execute("CREATE EXTENSION no_such_thing")
    assert "has no no_such_thing" in wrapper.missing_feature_advice(caught.value)
