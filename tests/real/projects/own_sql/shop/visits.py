"""A model that the app's models do not import."""

from __future__ import annotations

from django.db import models


class Visit(models.Model):
    """Who has looked at the shop."""

    page = models.TextField()

    class Meta:
        app_label = "shop"
