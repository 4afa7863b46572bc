"""Unique constraints of every sort."""

# ruff: noqa: RUF012  (Meta is written as Django documents it)
from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Deferrable, F, Q, UniqueConstraint
from django.db.models.functions import Coalesce, Lower


class Unique(models.Model):
    a = models.IntegerField()
    b = models.IntegerField(null=True)
    name = models.CharField(max_length=20)
    text = models.TextField()
    done = models.BooleanField(default=False)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["a", "b"], name="zoo_unique_plain"),
            UniqueConstraint(fields=["a"], condition=Q(done=False), name="zoo_unique_partial"),
            UniqueConstraint(
                fields=["b"], condition=Q(name__in=["a", "b"]) & ~Q(a=5), name="zoo_unique_among"
            ),
            UniqueConstraint(fields=["b"], include=["name", "text"], name="zoo_unique_with"),
            UniqueConstraint(
                fields=["name"], deferrable=Deferrable.DEFERRED, name="zoo_unique_deferred"
            ),
            UniqueConstraint(
                fields=["name", "a"], deferrable=Deferrable.IMMEDIATE, name="zoo_unique_immediate"
            ),
            UniqueConstraint(
                fields=["text"], opclasses=["text_pattern_ops"], name="zoo_unique_opclass"
            ),
            UniqueConstraint(fields=["a", "done"], nulls_distinct=False, name="zoo_unique_nulls"),
            UniqueConstraint(
                fields=["b"],
                nulls_distinct=False,
                condition=Q(done=True),
                name="zoo_unique_nulls_partial",
            ),
            UniqueConstraint(
                fields=["a", "text"], nulls_distinct=True, name="zoo_unique_nulls_distinct"
            ),
        ]


class UniqueExpressions(models.Model):
    a = models.IntegerField()
    b = models.IntegerField(null=True)
    name = models.CharField(max_length=20)

    class Meta:
        constraints = [
            UniqueConstraint(Lower("name"), name="zoo_unique_lower"),
            UniqueConstraint(Lower("name").desc(), "a", name="zoo_unique_lower_desc"),
            UniqueConstraint(F("a") * 2, Coalesce("b", 0), name="zoo_unique_computed"),
            UniqueConstraint(
                Lower("name"), condition=Q(a__gt=1), include=["b"], name="zoo_unique_all"
            ),
            UniqueConstraint(
                OpClass(Lower("name"), "varchar_pattern_ops"), name="zoo_unique_expression_class"
            ),
            UniqueConstraint(
                F("b").asc(nulls_first=True), nulls_distinct=False, name="zoo_unique_nulls_first"
            ),
        ]
