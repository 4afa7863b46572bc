"""Columns that the database computes."""

from __future__ import annotations

import os

import django
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, GeneratedField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Concat, ExtractYear, Lower, Round


class Rectangle(models.Model):
    width = models.IntegerField()
    height = models.IntegerField()
    area = GeneratedField(
        expression=F("width") * F("height"), output_field=models.BigIntegerField(), db_persist=True
    )
    is_square = GeneratedField(
        expression=models.Case(
            models.When(width=F("height"), then=Value(True)), default=Value(False)
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    half = GeneratedField(
        expression=Round(F("width") / 2.0),
        output_field=models.FloatField(),
        db_persist=True,
    )


class Person(models.Model):
    first = models.CharField(max_length=30)
    last = models.CharField(max_length=30, null=True)
    born = models.DateField()
    notes = models.JSONField(default=dict)
    full = GeneratedField(
        expression=Concat("first", Value(" it's 5% "), Coalesce("last", Value(""))),
        output_field=models.CharField(max_length=80, db_collation="C"),
        db_persist=True,
        unique=True,
    )
    key = GeneratedField(
        expression=Lower("first"),
        output_field=models.CharField(max_length=30),
        db_persist=True,
        db_index=True,
    )
    year = GeneratedField(
        expression=ExtractYear("born"), output_field=models.IntegerField(), db_persist=True
    )
    nick = GeneratedField(
        expression=KT("notes__names__0"), output_field=models.TextField(), db_persist=True
    )
    age_text = GeneratedField(
        expression=Cast(ExtractYear("born"), models.TextField()),
        output_field=models.TextField(),
        db_persist=True,
    )
    words = GeneratedField(
        expression=SearchVector("first", weight="A", config="english")
        + SearchVector("last", weight="B", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )


# Django makes virtual columns since 6.0, PostgreSQL since 18.
if django.VERSION >= (6, 0) and int(os.environ["ZOO_SERVER_VERSION"]) >= 180000:

    class Virtual(models.Model):
        side = models.IntegerField()
        area = GeneratedField(
            expression=F("side") * F("side"),
            output_field=models.BigIntegerField(),
            db_persist=False,
        )
