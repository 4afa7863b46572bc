"""Primary keys of every sort."""

from __future__ import annotations

import uuid

from django.db import models


class SmallKey(models.Model):
    id = models.SmallAutoField(primary_key=True)


class PlainKey(models.Model):
    id = models.AutoField(primary_key=True)


class BigKey(models.Model):
    number = models.BigAutoField(primary_key=True)


class TextKey(models.Model):
    code = models.CharField(max_length=8, primary_key=True)


class TokenKey(models.Model):
    token = models.UUIDField(primary_key=True, default=uuid.uuid4)


class CheckedKey(models.Model):
    number = models.PositiveIntegerField(primary_key=True)


class ComposedKey(models.Model):
    pk = models.CompositePrimaryKey("country", "number")
    country = models.CharField(max_length=2)
    number = models.IntegerField()
    name = models.TextField()


class ComposedOfKey(models.Model):
    pk = models.CompositePrimaryKey("plain_id", "day")
    plain = models.ForeignKey(PlainKey, models.CASCADE)
    day = models.DateField()


class SharedKey(models.Model):
    plain = models.OneToOneField(PlainKey, models.CASCADE, primary_key=True)


class SharedTextKey(models.Model):
    text = models.OneToOneField(
        TextKey, models.CASCADE, primary_key=True, db_column="the_code", related_name="shared"
    )
