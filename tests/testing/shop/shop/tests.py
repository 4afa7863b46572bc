"""Tests that either runner runs, on a database from SQL files."""

from __future__ import annotations

from typing import ClassVar

from blog.models import Post
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import TestCase, TransactionTestCase

from shop.models import Currency, Forgotten, Product


def rows(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


class TriggerTest(TestCase):
    def test_a_trigger_that_no_model_knows_is_at_work(self):
        Product.objects.create(name="Ink", currency_id="USD")
        assert rows("SELECT what FROM audit ORDER BY id") == [("Pen",), ("Ink",)]

    def test_a_table_that_no_file_makes_is_missing(self):
        tables = connection.introspection.table_names()
        assert Forgotten._meta.db_table not in tables
        assert "blog_post" in tables


class Seeded:
    types: ClassVar = set()

    def check_and_disturb(self):
        codes = Currency.objects.order_by("code").values_list("code", flat=True)
        assert list(codes) == ["EUR", "USD"]  # unmanaged
        products = Product.objects.values_list("pk", "name", "slug")
        assert list(products) == [(1, "Pen", "pen")]  # managed
        assert list(Post.objects.values_list("title", "product_id")) == [("hello", 1)]
        assert rows("SELECT what FROM audit") == [("Pen",)]  # no model
        assert rows("SELECT count(*) FROM schema_migrations") == [(2,)]
        assert rows("SELECT nextval('invoice')") == [(100,)]
        types = ContentType.objects.filter(app_label="shop").values_list("pk", flat=True)
        self.types.update(types)
        assert len(types) == len(self.types) == 3  # the same as at first
        assert Permission.objects.filter(codename="add_product").count() == 1
        Currency.objects.exclude(code="EUR").delete()
        Product.objects.create(name="Ink", currency_id="EUR")
        Post.objects.all().delete()

    def test_one(self):
        self.check_and_disturb()

    def test_another(self):
        self.check_and_disturb()


class FlushTest(Seeded, TransactionTestCase):
    pass


class SerializedTest(Seeded, TransactionTestCase):
    serialized_rollback = True


class SequencesTest(Seeded, TransactionTestCase):
    reset_sequences = True

    def check_and_disturb(self):
        super().check_and_disturb()
        assert Product.objects.latest("pk").pk == 2
