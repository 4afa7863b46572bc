"""What models can state since Django 6.1: the database's own ON DELETE, UUIDs of the server."""

from __future__ import annotations

import os

from django.db import models
from django.db.models.functions import UUID4, UUID7

from tests.field_zoo.zoo.models.keys import PlainKey


class DeletedByDatabase(models.Model):
    cascading = models.ForeignKey(PlainKey, models.DB_CASCADE, related_name="+")
    emptied = models.ForeignKey(PlainKey, models.DB_SET_NULL, null=True, related_name="+")
    defaulted = models.ForeignKey(PlainKey, models.DB_SET_DEFAULT, db_default=1, related_name="+")
    single = models.OneToOneField(PlainKey, models.DB_CASCADE, related_name="+")
    parent = models.ForeignKey("self", models.DB_CASCADE, null=True)


class ServerTokens(models.Model):
    id = models.UUIDField(primary_key=True, db_default=UUID4())
    name = models.TextField()


class AnyDecimal(models.Model):
    number = models.DecimalField()
    none = models.DecimalField(null=True, db_default=None)


# PostgreSQL has uuidv7() since 18.
if int(os.environ["ZOO_SERVER_VERSION"]) >= 180000:

    class OrderedTokens(models.Model):
        id = models.UUIDField(primary_key=True, db_default=UUID7())
