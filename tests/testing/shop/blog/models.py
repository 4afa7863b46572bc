"""A model of Django's migrations that refers to a table of the SQL files."""

from __future__ import annotations

from django.db import models


class Post(models.Model):
    """A post about a product."""

    title = models.TextField()
    product = models.ForeignKey("shop.Product", on_delete=models.CASCADE, null=True)
