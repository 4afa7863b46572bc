"""Models of tables that SQL files make: managed, unmanaged, and one that no file makes."""

from __future__ import annotations

from django.db import models


class Currency(models.Model):
    """Rows that SQL files insert, in an unmanaged model."""

    code = models.CharField(max_length=3, primary_key=True)
    name = models.TextField()

    class Meta:
        """Django leaves the table alone."""

        managed = False
        db_table = "currency"


class Product(models.Model):
    """A managed model; the files insert a row."""

    name = models.CharField(max_length=100)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT)
    slug = models.TextField(db_default="")

    class Meta:
        """The files name the table."""

        db_table = "product"


class Forgotten(models.Model):
    """A model that nobody has written a file for."""

    class Meta:
        """Production has no such table."""

        db_table = "forgotten"
