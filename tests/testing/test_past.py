"""A database at a version: rows by factories of today, the next file, and what became of them."""

from __future__ import annotations

import factory
import pytest
from django.db import connections

from authservice.models import Session, User
from schema_tools.errors import ConfigurationError, MigrationFailed
from schema_tools.services.squash import squash
from schema_tools.testing.factories_then import factory_then
from schema_tools.testing.models_then import models_then
from schema_tools.testing.past import migrated_to
from tests.authservice.factories import SessionFactory, UserFactory

pytestmark = pytest.mark.db


@pytest.fixture
def sample(alias, settings):
    """The sample's own files, and the alias as the database that they are for."""
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": settings.BASE_DIR / "migrations_sql"}
    return alias


def test_rows_made_by_factories_of_today_meet_the_next_file(sample, server, database):
    with migrated_to("003", using=sample) as past:
        assert past.name != database.name
        session = past.factory(SessionFactory).create(user__username="ada")
        assert type(session).__name__ == "Session"
        assert type(session) is not Session
        assert session.user.username == "ada"
        assert not hasattr(session.user, "two_factor_secret")
        assert past.apply_next() == "004_add_user_two_factor"
        with pytest.raises(ConfigurationError, match="there is no next file"):
            past.apply_next()
        now = past.apps.get_model("authservice", "User").objects.using(sample).get()
        assert (now.pk, now.two_factor_secret) == (session.user_id, None)
        assert User.objects.using(sample).get(username="ada").pk == now.pk
    assert database.execute("SELECT to_regclass('users')") == [(None,)]  # left alone
    rows = server.execute("SELECT datname FROM pg_database WHERE datname ~ '^schema_tools'")
    assert rows == []


def test_models_have_the_fields_whose_columns_are_there(alias, database):
    database.execute(
        "CREATE TABLE users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), username text)"
    )
    database.execute("CREATE TABLE sessions (id uuid PRIMARY KEY, user_id uuid, ip_address inet)")
    then = models_then(alias)
    assert {model.__name__ for model in then.get_models()} == {"User", "Session"}
    user = then.get_model("authservice", "User")
    assert {field.name for field in user._meta.concrete_fields} == {"id", "username"}
    made = factory_then(UserFactory, then, alias).create(username="a")
    assert database.execute("SELECT username FROM users") == [("a",)]
    assert made.pk
    session = then.get_model("authservice", "Session")
    assert session._meta.get_field("user").related_model is user


class BossFactory(UserFactory):
    """Users who have a session each, and one who leads to the same factory again."""

    class Meta:
        """What LazyAttribute looks at is no field."""

        exclude = ("deputy",)
        skip_postgeneration_save = True

    session = factory.RelatedFactory(SessionFactory, factory_related_name="user")
    deputy = factory.SubFactory("tests.testing.test_past.BossFactory", deputy=None)
    bio = factory.Maybe("deputy", "has a deputy", "has none")


def test_factories_that_others_lead_to_make_rows_of_then_and_count_on(alias, database):
    key = "id uuid PRIMARY KEY DEFAULT gen_random_uuid()"
    database.execute(f"CREATE TABLE users ({key}, username text UNIQUE, bio text)")
    database.execute(f"CREATE TABLE sessions ({key}, user_id uuid, ip_address inet)")
    for _ in range(2):
        factory_then(BossFactory, models_then(alias), alias).create()
    assert database.execute("SELECT count(*), count(DISTINCT username) FROM users") == [(4, 4)]
    assert database.execute("SELECT count(DISTINCT user_id) FROM sessions") == [(4,)]
    assert sorted(database.execute("SELECT bio FROM users")) == [
        *[("has a deputy",)] * 2,
        *[("has none",)] * 2,
    ]


def test_a_factory_of_a_model_without_table_is_refused(alias, database):
    database.execute("CREATE TABLE other (id int)")
    with pytest.raises(ConfigurationError, match="which has no table at this version"):
        factory_then(UserFactory, models_then(alias), alias)


def test_what_fails_in_the_next_file_is_told_as_sqlmigrate_apply_tells_it(
    alias, settings, tmp_path
):
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path), "APPS": []}
    (tmp_path / "001_a.sql").write_text("CREATE TABLE a (id int);\n")
    (tmp_path / "002_b.sql").write_text("BEGIN;\nALTER TABLE a ADD id int;\nCOMMIT;\n")
    with migrated_to("1", using=alias) as past:
        with pytest.raises(MigrationFailed, match=r"❌ CRITICAL: Migration failed: 002_b\.sql"):
            past.apply("002")
        assert past.execute("SELECT count(*) FROM schema_migrations") == [(1,)]
        past.execute("ALTER TABLE a RENAME COLUMN id TO old")
        assert past.apply_next() == "002_b"


def test_a_version_within_a_squashed_file_is_reached_by_the_files_it_stands_for(
    alias, settings, tmp_path
):
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path), "APPS": []}
    for number, name in enumerate("abc", 1):
        (tmp_path / f"00{number}_{name}.sql").write_text(f"CREATE TABLE {name} (id int);\n")
    assert squash(alias, "2").ok
    history = "SELECT version FROM schema_migrations ORDER BY id"
    with migrated_to("001_a", using=alias) as past:
        assert past.apply_next() == "002_b"
        assert past.apply_next() == "003_c"
        assert past.execute(history) == [("001_a",), ("002_b",), ("003_c",)]
    with migrated_to("2", using=alias) as past:
        assert past.execute(history) == [("002_squashed",)]
        past.apply("3")
        assert past.execute(history) == [("002_squashed",), ("003_c",)]
    with migrated_to("003", using=alias) as past:
        assert past.execute(history) == [("002_squashed",), ("003_c",)]


def test_a_version_that_is_none_is_refused_and_nothing_stays(server, sample):
    with (
        pytest.raises(ConfigurationError, match="there is no migration 'none'"),
        migrated_to("none", using=sample),
    ):
        pass
    rows = server.execute("SELECT datname FROM pg_database WHERE datname ~ '^schema_tools'")
    assert rows == []
    assert connections[sample].settings_dict["NAME"]
