"""Preferences: how the service looks to a user, and what it may send."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models

from authservice.models.user import User


class Theme(models.TextChoices):
    """The colours of the user interface."""

    LIGHT = "light"
    DARK = "dark"
    AUTO = "auto"


class PrivacyLevel(models.TextChoices):
    """Who may see the profile."""

    PRIVATE = "private"
    NORMAL = "normal"
    PUBLIC = "public"


class UserPreferences(models.Model):
    """The preferences of one user."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    user = models.OneToOneField(User, models.CASCADE, related_name="preferences")
    email_notifications = models.BooleanField(db_default=True)
    push_notifications = models.BooleanField(db_default=True)
    marketing_emails = models.BooleanField(db_default=False)
    two_factor_enabled = models.BooleanField(db_default=False, editable=False)
    theme = models.CharField(max_length=20, choices=Theme.choices, db_default=Theme.LIGHT)
    language = models.CharField(max_length=10, db_default="en")
    privacy_level = models.CharField(
        max_length=20, choices=PrivacyLevel.choices, db_default=PrivacyLevel.NORMAL
    )
    created_at = models.DateTimeField(db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(db_default=TransactionNow(), editable=False)

    class Meta:
        db_table = "user_preferences"
        verbose_name_plural = "user preferences"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="user_preferences_theme_check",
                condition=models.Q(theme__in=Theme.values),
            ),
            models.CheckConstraint(
                name="user_preferences_privacy_level_check",
                condition=models.Q(privacy_level__in=PrivacyLevel.values),
            ),
        ]

    def __str__(self) -> str:
        return f"Preferences of {self.user}"
