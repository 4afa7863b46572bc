"""Defaults that the database gives."""

from __future__ import annotations

import datetime
import decimal
import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models.functions import Coalesce, Concat, Lower, Now, Pi
from django.db.models.lookups import GreaterThan


class LiteralDefaults(models.Model):
    number = models.IntegerField(db_default=-7)
    small = models.SmallIntegerField(db_default=3)
    big = models.BigIntegerField(db_default=2**40)
    ratio = models.FloatField(db_default=-1.5e-7)
    price = models.DecimalField(max_digits=8, decimal_places=2, db_default=decimal.Decimal("9.90"))
    yes = models.BooleanField(db_default=True)
    name = models.CharField(max_length=30, db_default="it's 100%")
    blank = models.CharField(max_length=30, db_default="")
    text = models.TextField(db_default="two\nlines \\ and a 'quote'")
    nothing = models.IntegerField(null=True, db_default=None)


class TypedDefaults(models.Model):
    day = models.DateField(db_default=datetime.date(2024, 2, 29))
    hour = models.TimeField(db_default=datetime.time(23, 59, 59, 5))
    moment = models.DateTimeField(
        db_default=datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.UTC)
    )
    lasts = models.DurationField(db_default=datetime.timedelta(days=1, hours=36))
    token = models.UUIDField(db_default=uuid.UUID(int=5))
    document = models.JSONField(db_default={"a": [1, None, "%"], "b": {"c": 'a "word"'}})
    entries = models.JSONField(db_default=[], default=list)
    word = models.JSONField(db_default="it's")
    bytes = models.BinaryField(db_default=b"\x00\xff")
    address = models.GenericIPAddressField(db_default="127.0.0.1")
    tags = ArrayField(models.CharField(max_length=9), db_default=["a", "b c"])
    no_tags = ArrayField(models.IntegerField(), db_default=[])


class ComputedDefaults(models.Model):
    made_at = models.DateTimeField(db_default=Now())
    begun_at = models.DateTimeField(db_default=TransactionNow())
    token = models.UUIDField(db_default=RandomUUID())
    circle = models.FloatField(db_default=Pi() * 2 + 1)
    name = models.CharField(max_length=30, db_default=Lower(models.Value("ABC")))
    joined = models.TextField(db_default=Concat(models.Value("a"), models.Value("b")))
    first = models.IntegerField(db_default=Coalesce(models.Value(None), models.Value(5)))
    later = models.DateTimeField(db_default=Now() + datetime.timedelta(days=30))
    is_more = models.BooleanField(db_default=GreaterThan(2, 1))
    case = models.IntegerField(
        db_default=models.Case(models.When(GreaterThan(2, 1), then=1), default=0)
    )


class SeriesDefaults(models.Model):
    """Numbers from a sequence that several tables may share, and none owns."""

    number = models.BigIntegerField(
        db_default=models.Func(models.Value("app.zoo_series"), function="nextval")
    )


class PythonDefaults(models.Model):
    number = models.IntegerField(default=5)
    token = models.UUIDField(default=uuid.uuid4)
    both = models.IntegerField(default=5, db_default=6)
    document = models.JSONField(default=dict)
