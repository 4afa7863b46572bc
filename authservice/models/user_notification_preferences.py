"""Notification preferences: on which ways and how often users want to hear."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models

from authservice.models.user import User


class NotificationFrequency(models.TextChoices):
    """How often notifications are sent out."""

    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"
    DISABLED = "disabled"


class UserNotificationPreferences(models.Model):
    """How one user wants to be notified; null means that the user never chose."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="notification_preferences")
    email_notifications = models.BooleanField(null=True, blank=True, db_default=True)
    push_notifications = models.BooleanField(null=True, blank=True, db_default=True)
    sms_notifications = models.BooleanField(null=True, blank=True, db_default=False)
    notification_frequency = models.CharField(
        max_length=20,
        choices=NotificationFrequency.choices,
        null=True,
        blank=True,
        db_default=NotificationFrequency.IMMEDIATE,
    )
    created_at = models.DateTimeField(db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(db_default=TransactionNow(), editable=False)

    class Meta:
        db_table = "user_notification_preferences"
        verbose_name_plural = "user notification preferences"
        indexes: ClassVar = [models.Index(fields=["notification_frequency"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="user_notification_preferences_frequency_check",
                condition=models.Q(notification_frequency__in=NotificationFrequency.values),
            ),
        ]

    def __str__(self) -> str:
        return f"Notification preferences of {self.user}"
