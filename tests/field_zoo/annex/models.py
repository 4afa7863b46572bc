"""Models of the database `archive`, one of which has a table of the same name in the other."""

from __future__ import annotations

from django.db import models


class Archived(models.Model):
    text = models.TextField(db_index=True)


class OtherNumbers(models.Model):
    number = models.TextField()

    class Meta:
        db_table = "zoo_numbers"


class Joined(models.Model):
    archived = models.ManyToManyField(Archived)
    beyond = models.ForeignKey("zoo.PlainKey", models.DO_NOTHING, db_constraint=False)
