"""Each model's SQL is known as its own, also what Django writes after all tables."""

from __future__ import annotations

from contextlib import closing
from typing import ClassVar

import pytest
from django.contrib.postgres.signals import get_hstore_oids, register_type_handlers
from django.db import connections, models
from django.db.backends.signals import connection_created
from django.test.utils import isolate_apps

from schema_tools.conf import Settings
from schema_tools.django_models.collect import alias_at, collect_on
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
