"""Models whose tables Django does not make."""

from __future__ import annotations

from django.db import models


class LegacyTable(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=20, null=True)
    kind = models.IntegerField(db_index=True)

    class Meta:
        managed = False
        db_table = "legacy_table"


class LegacyView(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=20)

    class Meta:
        managed = False
        db_table = "legacy_view"


class PointsToLegacy(models.Model):
    legacy = models.ForeignKey(LegacyTable, models.CASCADE)
