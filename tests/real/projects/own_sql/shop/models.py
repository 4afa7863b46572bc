"""Models of a shop: some say what no migration of it says yet."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Category(models.Model):
    """A kind of product, at its place in a tree."""

    path = models.CharField(max_length=255)


class Product(models.Model):
    """What is sold."""

    path = models.CharField(max_length=255)
    name = models.CharField(max_length=100)
    weight = models.IntegerField(null=True)
    related = models.ManyToManyField("self")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["weight"], name="product_weight")]


class Rights(models.Model):
    """What the permissions of the shop hang on; it has no table."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions: ClassVar = [("sell", "May sell")]
