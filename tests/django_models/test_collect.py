"""Each model's SQL is known as its own, also what Django writes after all tables."""

from __future__ import annotations

from contextlib import closing
from typing import ClassVar

import pytest
from django.contrib.postgres.signals import get_hstore_oids, register_type_handlers
from django.db import connections, models
from django.db.backends.signals import connection_created
from django.test.utils import isolate_apps, override_settings

from schema_tools.conf import Settings
from schema_tools.django_models.collect import alias_at, collect_on, import_the_rest
from schema_tools.postgres.scratch import open_scratch
from schema_tools.services.cache import NO_CACHE
from schema_tools.services.model_tables import ModelTables
from schema_tools.services.wanted import Wanted

pytestmark = pytest.mark.db


@pytest.fixture
def pair():
    """Two models, the second of which refers to the first and has a name twice."""
    with isolate_apps("authservice"):

        class First(models.Model):
            name = models.CharField(max_length=9)

            class Meta:
                app_label = "authservice"
                indexes: ClassVar = [models.Index(fields=["name"], name="of_first")]

        class Second(models.Model):
            first = models.ForeignKey(First, models.CASCADE)

            class Meta:
                app_label = "authservice"
                indexes: ClassVar = [models.Index(fields=["first"], name="authservice_first")]

        yield First, Second


def test_what_comes_after_all_tables_is_the_models_own(alias: str, pair) -> None:
    collected = collect_on(alias, pair)
    first, second = "authservice.First", "authservice.Second"
    assert [each.label for each in collected] == [first, second, first, second]
    assert collected[2].statements == ('CREATE INDEX "of_first" ON "authservice_first" ("name");',)
    assert "FOREIGN KEY" in collected[3].statements[0]
    assert 'CREATE INDEX "authservice_first"' in "".join(collected[3].statements)


@isolate_apps("authservice")
def test_a_comment_may_have_a_percent_sign(alias: str) -> None:
    """Django itself cannot make the first; the second is how its users write one."""

    class Rate(models.Model):
        share = models.IntegerField(db_comment="100% of what is left, %s not %(a)s")
        name = models.CharField(max_length=9, db_comment="plain")

        class Meta:
            app_label = "authservice"
            db_table_comment = "rates in %"

    class Doubled(models.Model):
        share = models.IntegerField(db_comment="100%% of it")

        class Meta:
            app_label = "authservice"

    first, second = collect_on(alias, [Rate, Doubled])
    assert (first.refused, second.refused) == ("", "")
    assert "IS '100% of what is left, %s not %(a)s'" in "".join(first.statements)
    assert "IS 'rates in %'" in "".join(first.statements)
    assert "IS 'plain'" in "".join(first.statements)
    assert "IS '100% of it'" in "".join(second.statements)
    assert Rate._meta.db_table_comment == "rates in %"
    assert Rate._meta.get_field("share").db_comment == "100% of what is left, %s not %(a)s"


@isolate_apps("authservice")
def test_an_unmanaged_model_has_its_indexes(alias: str) -> None:
    class Legacy(models.Model):
        name = models.CharField(max_length=9, db_index=True)
        others = models.ManyToManyField("self")

        class Meta:
            app_label = "authservice"
            managed = False
            indexes: ClassVar = [models.Index(fields=["name", "id"], name="of_legacy")]

    _table, late = collect_on(alias, [Legacy])
    text = "".join(late.statements)
    assert 'CREATE INDEX "of_legacy"' in text
    assert 'ON "authservice_legacy" ("name");' in text
    assert 'ON "authservice_legacy_others" ("from_legacy_id");' in text
    assert not Legacy._meta.managed
    assert not Legacy.others.through._meta.managed


@isolate_apps("authservice")
def test_a_model_that_cannot_be_made_says_why_and_leaves_no_sql(alias: str) -> None:
    class Odd(models.Model):
        name = models.CharField(max_length=9, db_index=True, db_comment="100%")

        class Meta:
            app_label = "authservice"

    def refuse(_connection):
        raise ValueError("no such type")

    Odd._meta.get_field("name").db_type = refuse
    (found,) = collect_on(alias, [Odd])
    assert (found.statements, found.refused) == ((), "ValueError: no such type")


def test_a_model_whose_index_cannot_be_made_is_named(alias: str, pair) -> None:
    with open_scratch(alias, Settings()) as scratch:
        wanted = Wanted(("public",))
        collected = tuple(collect_on(alias, pair))
        built = ModelTables(
            alias,
            scratch,
            search_path="",
            read=wanted.read,
            beside=lambda: (),
            template=lambda: None,
            collected=collected,
        )
        schema, unmade = built.make(pair, NO_CACHE, "")
    assert unmade.models == {"authservice.Second": 'relation "authservice_first" already exists'}
    assert "of_first" in {key.name for key in schema.objects}


def test_a_type_is_found_that_only_the_scratch_database_has(alias: str, database) -> None:
    """django.contrib.postgres keeps the types of an alias, and those of another would be wrong."""
    connection_created.connect(register_type_handlers)
    try:
        get_hstore_oids.cache_clear()
        with open_scratch(alias, Settings()) as scratch:
            made = scratch.create()
            with closing(made.connect()) as connection:
                connection.execute("CREATE EXTENSION hstore")
            assert get_hstore_oids(alias) == ((), ())
            with alias_at(alias, made.params):
                assert len(get_hstore_oids(alias)[0]) == 1
            assert get_hstore_oids(alias) == ((), ())
        assert connections[alias].settings_dict["NAME"] == database.name
    finally:
        connection_created.disconnect(register_type_handlers)


def test_the_types_of_a_scratch_database_are_forgotten(alias: str, monkeypatch) -> None:
    """PostGIS's backend keeps them by the alias, which means the real database again."""
    known = {"geometry": {alias: "the real one's", "other": "another's"}}
    monkeypatch.setattr(type(connections[alias]), "_type_infos", known, raising=False)
    with open_scratch(alias, Settings()) as scratch:
        with alias_at(alias, scratch.create().params):
            assert known == {"geometry": {"other": "another's"}}
            known["geometry"][alias] = "the scratch one's"
        assert known == {"geometry": {"other": "another's"}}


def test_urls_that_cannot_be_imported_are_left_alone(caplog) -> None:
    caplog.set_level("DEBUG", "schema_tools")
    with override_settings(ROOT_URLCONF="no.such.urls"):
        assert not import_the_rest()
    assert "the URLs of the project cannot be imported" in caplog.text
