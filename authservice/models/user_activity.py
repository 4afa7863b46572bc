"""Activities: what users did, for the audit trail."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from authservice.models.user import User


class UserActivity(models.Model):
    """Something that a user did, or that was done to the account."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="activities")
    action = models.CharField(max_length=100)
    description = models.TextField(null=True, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.TextField(null=True, blank=True)
    metadata = models.JSONField(null=True, blank=True, db_default={})
    created_at = models.DateTimeField(db_default=TransactionNow(), editable=False)

    class Meta:
        db_table = "user_activities"
        verbose_name_plural = "user activities"
        indexes: ClassVar = [
            models.Index(fields=["action"], name="idx_user_activities_action"),
            models.Index(fields=["created_at"], name="idx_user_activities_created_at"),
            GinIndex(fields=["metadata"], name="idx_user_activities_metadata"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.action}"
