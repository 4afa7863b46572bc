"""Indexes that django.db.models can state."""

# ruff: noqa: RUF012  (Meta is written as Django documents it)
from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Index, Q
from django.db.models.functions import Cast, Collate, Length, Lower, Upper


class Indexes(models.Model):
    a = models.IntegerField()
    b = models.IntegerField(null=True)
    name = models.CharField(max_length=20)
    text = models.TextField()
    done = models.BooleanField(default=False)

    class Meta:
        indexes = [
            Index(fields=["a"]),
            Index(fields=["a", "b"]),
            Index(fields=["-b"]),
            Index(fields=["a", "-b"], name="zoo_index_desc"),
            Index(fields=["name"], opclasses=["varchar_pattern_ops"], name="zoo_index_opclass"),
            Index(
                fields=["a", "-text"],
                opclasses=["int4_ops", "text_pattern_ops"],
                name="zoo_index_opclasses",
            ),
            Index(fields=["a"], include=["name", "b"], name="zoo_index_with"),
            Index(fields=["b"], condition=Q(done=False), name="zoo_index_partial"),
            Index(
                fields=["-a"],
                condition=Q(name__in=["x", "y"]) | Q(b__isnull=True, a__gt=5),
                include=["text"],
                name="zoo_index_all",
            ),
            Index(fields=["b"], name="zoo_index_tablespace", db_tablespace="pg_default"),
        ]


class ExpressionIndexes(models.Model):
    a = models.IntegerField()
    b = models.IntegerField(null=True)
    name = models.CharField(max_length=20)
    document = models.JSONField()
    day = models.DateField()

    class Meta:
        indexes = [
            Index(Lower("name"), name="zoo_index_lower"),
            Index(Lower("name").desc(), "a", name="zoo_index_lower_desc"),
            Index(Upper("name"), Length("name"), name="zoo_index_two"),
            Index(F("a") + F("b") * 2, name="zoo_index_sum"),
            Index(F("b").asc(nulls_first=True), name="zoo_index_nulls_first"),
            Index(F("b").desc(nulls_last=True), name="zoo_index_nulls_last"),
            Index(Collate("name", "C"), name="zoo_index_collated"),
            Index(Collate(Lower("name"), "C").desc(), name="zoo_index_collated_desc"),
            Index(
                OpClass(Lower("name"), name="varchar_pattern_ops"),
                name="zoo_index_expression_ops",
            ),
            Index(Cast("a", models.TextField()), name="zoo_index_cast"),
            Index("document__a__b", name="zoo_index_document"),
            Index(Lower("name"), include=["b"], condition=Q(a__gt=1), name="zoo_index_lower_some"),
            Index(
                models.Case(models.When(a__gt=5, then=F("b")), default=models.Value(0)),
                name="zoo_index_case",
            ),
            Index("day__year", name="zoo_index_year"),
        ]
