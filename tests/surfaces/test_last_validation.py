"""What is remembered of validations, and that a cache never stands in their way."""

from __future__ import annotations

import logging
import pickle
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache, caches
from django.core.management import CommandError, call_command
from django.db import connections

from schema_tools.findings import Finding, Report, Severity
from schema_tools.services import last_validation as module
from schema_tools.services.last_validation import blind_spot, last_validation, remember
from schema_tools.services.question import Question

BROKEN = {"default": {"BACKEND": "tests.surfaces.broken_cache.BrokenCache"}}
FOUND = Report("", (Finding("table.missing", Severity.WARNING, "a table is missing"),), ok=False)


def run(project, *arguments):
    try:
        call_command("validate_schema", *arguments, database=project.alias)
    except CommandError as error:
        return error.returncode
    return 0


def test_what_is_remembered_is_found_again():
    remember(Question("default"), FOUND, by="Ann")
    found = last_validation("default")
    assert datetime.now(UTC) - found.at < timedelta(minutes=1)
    assert (found.by, found.ok, found.critical, found.warnings) == ("Ann", False, 0, 1)
    assert found.document["findings"][0]["message"] == "a table is missing"


def test_whether_it_is_ok_does_not_depend_on_what_the_command_fails_on():
    remember(Question("default", fail_on=None), Report("", FOUND.findings, ok=True), by="Ann")
    assert not last_validation("default").ok


@pytest.mark.parametrize(
    "question",
    [
        Question("default", sides=frozenset({"models", "migrations"})),
        Question("default", kinds=frozenset({"index"})),
        Question("default", tables=frozenset({"users"})),
    ],
    ids=["sides", "kinds", "tables"],
)
def test_a_look_at_a_part_is_not_remembered(question):
    remember(question, FOUND, by="Ann")
    assert last_validation("default") is None


def test_another_database_under_the_same_alias_is_another(monkeypatch):
    remember(Question("default"), FOUND, by="Ann")
    monkeypatch.setitem(connections["default"].settings_dict, "NAME", "another")
    assert last_validation("default") is None


@pytest.mark.parametrize("kept", ["no json", "[]", "{}", '{"at": 1}', 17, "null"])
def test_what_is_not_understood_is_not_known(kept, monkeypatch):
    cache.set(module._key("default"), kept)
    assert last_validation("default") is None


def test_what_another_version_wrote_is_not_known(monkeypatch):
    remember(Question("default"), FOUND, by="Ann")
    monkeypatch.setattr(module, "FORMAT_VERSION", 99)
    assert last_validation("default") is None


def test_a_broken_cache_is_a_line_for_debugging(settings, caplog):
    settings.CACHES = BROKEN
    with caplog.at_level(logging.DEBUG, logger=module.__name__):
        remember(Question("default"), FOUND, by="Ann")
        assert last_validation("default") is None
    assert {record.levelname for record in caplog.records} == {"DEBUG"}
    assert "the cache is away" in caplog.text


def test_a_cache_that_cannot_be_loaded_is_said(settings):
    settings.CACHES = {"default": {"BACKEND": "no.such.Cache"}}
    remember(Question("default"), FOUND, by="Ann")
    assert last_validation("default") is None
    assert "cannot be used" in blind_spot()
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


def test_the_cache_holds_text_and_no_object():
    remember(Question("default"), FOUND, by="Ann")
    assert isinstance(cache.get(module._key("default")), str)
    assert pickle.loads(caches["default"]._cache.popitem()[1]).startswith('{"at"')


@pytest.mark.db
def test_the_command_remembers_who_ran_it(sample, monkeypatch):
    monkeypatch.setenv("LOGNAME", "somebody")
    assert run(sample) == 0
    found = last_validation(sample.alias)
    assert found.ok
    assert found.by.startswith("somebody@")
    assert found.by.endswith(", validate_schema")


@pytest.mark.db
def test_the_command_remembers_a_part_of_it_not(sample):
    assert run(sample, "--no-database") == 0
    assert last_validation(sample.alias) is None


@pytest.mark.db
def test_the_command_works_without_a_cache(sample, settings):
    settings.CACHES = BROKEN
    assert run(sample) == 0


@pytest.mark.db
def test_the_command_works_where_the_cache_cannot_be_written(sample, settings, tmp_path):
    (tmp_path / "file").write_text("no folder")
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": tmp_path / "file" / "cache"}}
    assert run(sample) == 0
    assert last_validation(sample.alias) is None


@pytest.mark.db
@pytest.mark.django_db
def test_a_validation_by_the_command_is_on_the_page(sample, client, moderator):
    run(sample)
    assert "validate_schema;" in client.get("/admin/schema_tools/appliedmigration/").text
