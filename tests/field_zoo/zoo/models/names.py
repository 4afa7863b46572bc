"""Names that have to be quoted, cut short or found in another schema."""

# ruff: noqa: RUF012  (Meta is written as Django documents it)
from __future__ import annotations

from django.db import models


class OddColumns(models.Model):
    spaced = models.IntegerField(db_column="two words")
    upper = models.CharField(max_length=9, db_column="UpperCase", db_index=True)
    percent = models.IntegerField(db_column="100%", unique=True)
    apostrophe = models.IntegerField(db_column="it's")
    foreign = models.IntegerField(db_column="größe_尺寸", db_index=True)
    dotted = models.IntegerField(db_column="a.b")
    reserved = models.IntegerField(db_column="order")
    bracketed = models.IntegerField(db_column="a(b)[c],d;")
    back = models.IntegerField(db_column="back\\slash")
    dollar = models.CharField(max_length=9, db_column="$1 $$", db_index=True)
    long = models.IntegerField(db_column="c" * 63, unique=True)
    checked = models.PositiveIntegerField(db_column="Checked Number")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(spaced__gt=0) & models.Q(apostrophe__lt=5), name="two words, 5"
            ),
            models.UniqueConstraint(fields=["spaced", "upper"], name="Unique Words"),
        ]
        indexes = [models.Index(fields=["dotted", "-reserved"], name="odd index.name")]


class OddTable(models.Model):
    name = models.CharField(max_length=20, unique=True)
    other = models.ForeignKey("zoo.OddColumns", models.CASCADE, db_column="other One")

    class Meta:
        db_table = "Odd Table's name"


class ForeignWords(models.Model):
    name = models.CharField(max_length=20, db_index=True)

    class Meta:
        db_table = "größe_尺寸"


class PercentTable(models.Model):
    name = models.CharField(max_length=20, db_index=True, db_column="%s")

    class Meta:
        db_table = "share_in_%"


class LongestTable(models.Model):
    name = models.CharField(max_length=20, unique=True)
    parent = models.ForeignKey("self", models.CASCADE, null=True)
    friends = models.ManyToManyField("zoo.OddTable")

    class Meta:
        db_table = "t" * 63


class ReservedTable(models.Model):
    user = models.IntegerField(db_index=True)
    select = models.PositiveIntegerField(unique=True)

    class Meta:
        db_table = "order"


class Elsewhere(models.Model):
    name = models.CharField(max_length=20, unique=True)
    number = models.PositiveIntegerField(db_index=True)

    class Meta:
        db_table = '"app"."thing"'


class ElsewhereToo(models.Model):
    thing = models.ForeignKey(Elsewhere, models.CASCADE)
    here = models.ForeignKey("zoo.ReservedTable", models.CASCADE)

    class Meta:
        db_table = '"app"."Other Thing"'
        unique_together = [("thing", "here")]


class PointsElsewhere(models.Model):
    thing = models.OneToOneField(Elsewhere, models.CASCADE)
