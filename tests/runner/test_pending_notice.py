"""A development server says which SQL files are pending, and starts whatever happens."""

from __future__ import annotations

import io
import itertools
import signal
import sys
import threading

import pytest
from django.apps import apps
from django.contrib.staticfiles.management.commands.runserver import Command as StaticFiles
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.core.management.commands.runserver import Command as RunServer
from django.core.management.commands.test import Command as Other

from schema_tools.management import pending_notice
from schema_tools.services import databases

TABLE = "BEGIN;\nCREATE TABLE {0} (id int);\nCOMMIT;\n"


@pytest.fixture
def installed(monkeypatch):
    """Install the notice as under ``runserver``; Django's own question is left out."""
    monkeypatch.setattr(BaseCommand, "check_migrations", lambda self: None)
    monkeypatch.setattr(sys, "argv", ["manage.py", "runserver", "8001"])
    apps.get_app_config("schema_tools").ready()


@pytest.fixture
def of_project(project, monkeypatch):
    """Let the project's database be the one that is looked after."""
    monkeypatch.setattr(databases, "databases", lambda: (project.alias,))
    monkeypatch.setattr(pending_notice, "_SECONDS", 60)
    return project


def said(kind: type[BaseCommand] = RunServer) -> str:
    """Return what a development server says of migrations when it starts."""
    out = io.StringIO()
    kind(stdout=out, no_color=True).check_migrations()
    return out.getvalue()


@pytest.mark.db
@pytest.mark.parametrize("kind", [RunServer, StaticFiles])
def test_pending_files_are_named_with_the_command(installed, of_project, kind):
    of_project.write("001_one", TABLE.format("one"))
    alias = of_project.alias
    assert said(kind) == (
        f"\nYou have 1 pending SQL migration for database '{alias}'. Your project may not work "
        "properly until you apply it: 001_one.\n"
        f"Run 'python manage.py sqlmigrate_apply --database {alias}' to apply it.\n"
    )
    of_project.write("002_two", TABLE.format("two"))
    assert "You have 2 pending SQL migrations for" in said(kind)
    assert of_project.run("sqlmigrate_apply").code == 0
    assert said(kind) == ""


@pytest.mark.db
def test_many_are_not_all_named(installed, of_project):
    for number in range(1, 8):
        of_project.write(f"00{number}_t{number}", TABLE.format(f"t{number}"))
    assert "005_t5 …." in said()


@pytest.mark.db
def test_problems_are_told_instead(installed, of_project):
    of_project.write("001_one", TABLE.format("one"))
    of_project.run("sqlmigrate_apply")
    of_project.write("001_one", TABLE.format("another"))
    assert "have problems that come first" in said()
    assert f"'python manage.py sqlmigrate_status --database {of_project.alias}'" in said()


def test_a_database_out_of_reach_is_no_trouble(installed, monkeypatch):
    monkeypatch.setattr(databases, "databases", lambda: ("no_such_alias",))
    assert said() == ""


def test_settings_that_cannot_be_used_are_no_trouble(installed, settings):
    settings.SCHEMA_TOOLS = {"MIGRATION_DIR": "misspelt"}
    assert said() == ""


def test_it_is_installed_once(installed, monkeypatch):
    before = BaseCommand.check_migrations
    pending_notice.install()
    assert BaseCommand.check_migrations is before


@pytest.mark.parametrize("arguments", [["manage.py"], ["manage.py", "migrate"], ["pytest"]])
def test_no_other_command_is_touched(monkeypatch, arguments):
    monkeypatch.setattr(sys, "argv", arguments)
    before = BaseCommand.check_migrations
    apps.get_app_config("schema_tools").ready()
    assert BaseCommand.check_migrations is before
    assert Other.check_migrations is before


@pytest.mark.db
@pytest.mark.django_db
def test_makemigrations_has_nothing_to_write():
    """Neither for the service, whose tables are the files', nor for the history's model."""
    out = io.StringIO()
    call_command("makemigrations", "--check", "--dry-run", "--skip-checks", stdout=out)
    assert out.getvalue() == "No changes detected\n"


@pytest.mark.db
@pytest.mark.parametrize("more", ["", "django.contrib.staticfiles"])
def test_a_server_that_starts_says_it_behind_django(shell, project, tmp_path, more):
    project.write("001_one", TABLE.format("one"))
    settings = tmp_path / "shell_settings.py"
    settings.write_text(
        f"{settings.read_text()}\nINSTALLED_APPS += {more.split()}\nSTATIC_URL = '/static/'\n"
        "DEBUG = True\nROOT_URLCONF = 'shell_settings'\nurlpatterns = []\n"
    )
    process = shell.start("runserver", "--noreload", "--skip-checks", "127.0.0.1:0")
    found = threading.Timer(60, process.kill)  # a server that says nothing fails the test
    found.start()
    try:
        lines = itertools.takewhile(lambda line: "sqlmigrate_apply" not in line, process.stdout)
        text = "".join(lines)
    finally:
        found.cancel()
        process.kill()
        process.communicate()
    assert "You have 1 pending SQL migration." in text
    assert process.returncode == -signal.SIGKILL
