"""What Meta says of a table besides constraints and indexes."""

# ruff: noqa: RUF012  (Meta is written as Django documents it)
from __future__ import annotations

from django.db import models


class Commented(models.Model):
    plain = models.IntegerField(db_comment="A number.")
    odd = models.CharField(max_length=5, db_comment='it\'s "all"\n\\ größer — 尺寸')
    key = models.ForeignKey("zoo.PlainKey", models.CASCADE, db_comment="Whose it is.")
    doubled = models.GeneratedField(
        expression=models.F("plain") * 2,
        output_field=models.IntegerField(db_comment="Told by the output."),
        db_persist=True,
        db_comment="Twice the number.",
    )

    class Meta:
        db_table_comment = 'All that\'s "commented".'


class Stored(models.Model):
    name = models.CharField(max_length=9, db_index=True, db_tablespace="pg_default")
    code = models.IntegerField(unique=True, db_tablespace="zoo_space")
    plain = models.IntegerField(db_index=True)
    others = models.ManyToManyField("zoo.PlainKey")

    class Meta:
        db_tablespace = "zoo_space"
        indexes = [
            models.Index(fields=["name"], name="zoo_stored_name", db_tablespace="pg_default")
        ]


class Collated(models.Model):
    exact = models.CharField(max_length=9, db_collation="C", unique=True)
    caseless = models.TextField(db_collation="zoo_caseless", null=True)
    posix = models.CharField(max_length=9, db_collation="POSIX", db_index=True)


class Ordered(models.Model):
    parent = models.ForeignKey("zoo.PlainKey", models.CASCADE)
    name = models.CharField(max_length=9)

    class Meta:
        order_with_respect_to = "parent"


class Together(models.Model):
    a = models.IntegerField()
    b = models.CharField(max_length=5)
    c = models.ForeignKey("zoo.PlainKey", models.CASCADE)

    class Meta:
        unique_together = [("a", "b"), ("b", "c", "a")]
        indexes = [models.Index(fields=["a", "c"])]
        ordering = ["-a"]
        get_latest_by = "a"
        permissions = [("look", "May look")]
        required_db_vendor = "postgresql"


class Empty(models.Model):
    pass
