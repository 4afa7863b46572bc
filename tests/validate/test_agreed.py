"""An agreement is remembered under all that it was made from, and under nothing less."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command

from schema_tools.keys import Key
from schema_tools.postgres import introspect
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Schema, table_key
from schema_tools.services.agreed import agreement_key
from schema_tools.services.cache import VARIABLE, Cache
from schema_tools.services.question import Question
from schema_tools.services.wanted import Wanted, without
from tests.validate.sample import validated

KEY = table_key("public", "users")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of this test's own."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.db
def test_no_object_is_made_where_all_sides_are_as_they_were(
    sample, alias: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("migrate", database=alias, verbosity=0)
    first = validated(alias)

    def refuse(*_arguments: object) -> None:
        raise AssertionError("an object is made")

    monkeypatch.setattr(introspect, "objects_of", refuse)
    monkeypatch.setattr("schema_tools.services.built.read_snapshot", refuse)
    assert validated(alias) == first
    assert first["ok"]


@pytest.mark.db
@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE users ADD COLUMN by_hand int",
        "COMMENT ON TABLE users IS 'by hand'",
        "CREATE VIEW by_hand AS SELECT 1 AS one",
        "ALTER TABLE users OWNER TO by_hand",
    ],
)
def test_a_change_by_hand_after_an_agreement_is_found(
    sql: str, sample, alias: str, cache: Path
) -> None:
    sample.execute("DO $$ BEGIN CREATE ROLE by_hand; EXCEPTION WHEN duplicate_object THEN END $$")
    assert validated(alias)["findings"] == []
    sample.execute(sql)
    assert validated(alias)["findings"] != []


@pytest.mark.db
def test_what_is_left_out_for_now_is_no_agreement(sample, alias: str, cache: Path) -> None:
    """Tables of Django's whose migrations have not run are to come: then they are compared."""
    assert any("tables of the app" in each["what"] for each in validated(alias)["not_checked"])
    call_command("migrate", database=alias, verbosity=0)
    assert not any("tables of the app" in each["what"] for each in validated(alias)["not_checked"])
    sample.execute("ALTER TABLE django_session ADD COLUMN by_hand int")
    assert validated(alias)["findings"] != []


def made_of(**changes: Any) -> str:
    """Return the key of an agreement in which all is known but what the changes say otherwise."""
    live = SimpleNamespace(
        schema=SimpleNamespace(digest="live"), views=frozenset({("public", "v")}), applied=()
    )
    models = SimpleNamespace(key="models", facts=ModelFacts(), not_checked=())
    files = SimpleNamespace(key="files", files=Schema(), findings=())
    material: dict[str, Any] = {
        "live": live,
        "files": files,
        "models": models,
        "cache": Cache(Path("somewhere")),
        "wanted": Wanted(("public",)),
        "directory": SimpleNamespace(problems=()),
    }
    question = changes.pop("question", Question())
    lacks_files = changes.pop("lacks_files", False)
    for name, values in changes.items():
        if isinstance(values, dict):
            values = SimpleNamespace(**{**vars(material[name]), **values})
        material[name] = values
    return agreement_key(question, SimpleNamespace(**material), lacks_files=lacks_files)


FACTS = {
    each.name: {KEY: "CASCADE"} if "Mapping" in str(each.type) else frozenset({KEY})
    for each in fields(ModelFacts)
}


@pytest.mark.parametrize(
    "changes",
    [
        {"live": {"schema": SimpleNamespace(digest="other")}},
        {"live": {"views": frozenset()}},
        {"live": {"applied": None}},
        {"live": None},
        {"files": {"key": "other"}},
        {"files": {"files": None}},
        {"models": {"key": "other"}},
        {"models": {"not_checked": (SimpleNamespace(what="a", reason="b"),)}},
        {"models": None},
        {"wanted": Wanted(("public", "app"))},
        {"wanted": Wanted(("public",), passed_over=frozenset({KEY}))},
        {"lacks_files": True},
        {"question": Question(sides=frozenset({"models", "database"}))},
        *({"models": {"facts": replace(ModelFacts(), **{name: v})}} for name, v in FACTS.items()),
    ],
)
def test_whatever_decides_is_in_the_key(changes: dict[str, Any]) -> None:
    key = made_of(**changes)
    assert key
    assert key != made_of()


@pytest.mark.parametrize(
    "changes",
    [
        {"live": {"schema": SimpleNamespace(digest="")}},
        {"files": {"key": ""}},
        {"files": {"findings": ("a file fails",)}},
        {"models": {"key": ""}},
        {"directory": {"problems": ("two files of one number",)}},
        {"cache": Cache(None)},
        {"question": Question(tables=frozenset({"users"}))},
        {"question": Question(kinds=frozenset({"index"}))},
    ],
)
def test_what_is_not_known_by_a_key_has_none(changes: dict[str, Any]) -> None:
    assert made_of(**changes) == ""


def test_a_deferred_schema_is_as_if_it_had_been_read_at_once() -> None:
    loads = []
    objects = {KEY: object(), Key("table", "public", "", "other"): object()}

    def load() -> Schema:
        loads.append(1)
        return Schema(objects, 180000)

    deferred = Schema.deferred(load, "digest", server_version=180000, not_seen=(("a", "b"),))
    assert deferred.not_seen == (("a", "b"),)
    assert loads == []
    assert deferred == Schema(objects, 180000)
    assert KEY in deferred
    assert loads == [1]
    assert replace(deferred, objects={}).digest == ""


def test_a_table_passed_over_is_another_digest() -> None:
    deferred = Schema.deferred(Schema, "digest", server_version=1)
    assert without(deferred, []).digest == "digest"
    assert without(deferred, [KEY]).digest not in ("", "digest")
    assert without(deferred, [KEY]) == Schema(server_version=1)


def test_an_attribute_that_is_not_there_is_none_of_a_schema() -> None:
    assert not hasattr(Schema(), "nothing")
