"""Every field of django.contrib.postgres."""

from __future__ import annotations

from django.contrib.postgres import fields
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class Arrays(models.Model):
    numbers = fields.ArrayField(models.IntegerField())
    words = fields.ArrayField(models.CharField(max_length=20), size=3, null=True)
    board = fields.ArrayField(fields.ArrayField(models.SmallIntegerField(), size=8), size=8)
    deep = fields.ArrayField(fields.ArrayField(fields.ArrayField(models.UUIDField())))
    prices = fields.ArrayField(models.DecimalField(max_digits=7, decimal_places=3))
    positive = fields.ArrayField(models.PositiveIntegerField(), default=list)
    texts = fields.ArrayField(models.TextField(db_collation="C"), db_default=[])
    slugs = fields.ArrayField(models.SlugField(), db_index=True)


class Stores(models.Model):
    pairs = fields.HStoreField()
    more_pairs = fields.ArrayField(fields.HStoreField(), null=True)
    default_pairs = fields.HStoreField(db_default={"a": "b", "c": None})


class Ranges(models.Model):
    whole = fields.IntegerRangeField()
    big = fields.BigIntegerRangeField()
    exact = fields.DecimalRangeField()
    days = fields.DateRangeField()
    moments = fields.DateTimeRangeField(default_bounds="[]")
    several = fields.ArrayField(fields.DateRangeField(), null=True)


class Searched(models.Model):
    words = SearchVectorField(null=True)


class CaseInsensitive(models.Model):
    name = models.CharField(max_length=40, db_collation="zoo_caseless", unique=True)
    address = models.EmailField(db_collation="zoo_caseless")
    text = models.TextField(db_collation="zoo_caseless", db_index=True)
