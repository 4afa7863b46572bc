"""The history table as a model, for the admin; Django neither creates nor alters it."""

from __future__ import annotations

from django.db import models

from schema_tools.conf import history_table_name


class AppliedMigration(models.Model):
    """A SQL migration that is applied. The table is there after the first apply.

    Per-alias settings do not reach a model: it is bound to the common ones.
    """

    version = models.TextField(unique=True)
    name = models.TextField()
    checksum = models.TextField()
    applied_at = models.DateTimeField()
    applied_by = models.TextField()
    environment = models.TextField()
    execution_time_ms = models.BigIntegerField()
    tool_version = models.TextField()
    git_commit = models.TextField()

    class Meta:
        """Read only: the ledger alone writes."""

        managed = False
        db_table = history_table_name()
        ordering = ("id",)
        default_permissions = ("view",)
        verbose_name = "applied migration"
        verbose_name_plural = "schema status"  # what the admin calls the page

    def __str__(self) -> str:
        """Return the version."""
        return self.version
