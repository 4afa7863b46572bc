"""Notifications: what the service tells users."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from authservice.models.user import User


class NotificationType(models.TextChoices):
    """What kind of message it is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    SUCCESS = "success"
    PROMOTION = "promotion"
    REMINDER = "reminder"
    SYSTEM = "system"


class UserNotificationQuerySet(models.QuerySet["UserNotification"]):
    """Notifications by whether they still matter to their reader."""

    def current(self) -> Self:
        """Return those that have not expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=Now()))

    def unread(self) -> Self:
        """Return those that nobody has read."""
        return self.filter(is_read=False)

    def mark_read(self) -> int:
        """Mark the unread ones as read now; return how many."""
        return self.unread().update(is_read=True, read_at=Now())


class UserNotification(models.Model):
    """A message to one user."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    type = models.CharField(max_length=50, choices=NotificationType.choices)
    title = models.CharField(max_length=200)
    message = models.TextField(null=True, blank=True)
    is_read = models.BooleanField(db_default=False)
    read_at = models.DateTimeField(null=True, blank=True)
    action_url = models.URLField(max_length=500, null=True, blank=True)
    action_text = models.CharField(max_length=100, null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=TransactionNow(), editable=False)

    objects = UserNotificationQuerySet.as_manager()

    class Meta:
        db_table = "user_notifications"
        indexes: ClassVar = [
            models.Index(fields=["type"], name="idx_user_notifications_type"),
            models.Index(fields=["is_read"], name="idx_user_notifications_is_read"),
            # Django allows an index name 30 characters, the SQL file's have 33: left to Django.
            models.Index(fields=["created_at"]),
            models.Index(fields=["expires_at"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="user_notifications_type_check",
                condition=Q(type__in=NotificationType.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} for {self.user}"
