"""Sessions: one for each device that a user is logged in on."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models.functions import Now

from authservice.models.user import User


class SessionQuerySet(models.QuerySet["Session"]):
    """Sessions by whether they still let somebody in."""

    def active(self) -> Self:
        """Return those that are neither ended nor revoked, and whose time is not over."""
        return self.filter(is_active=True, is_revoked=False, expires_at__gt=Now())

    def expired(self) -> Self:
        """Return those whose time is over."""
        return self.filter(expires_at__lte=Now())

    def revoke(self) -> int:
        """End the sessions for good, before their time; return how many were still active."""
        return self.filter(is_active=True).update(is_active=False, is_revoked=True)

    def end(self) -> int:
        """End the sessions because their user logged out; return how many were still active."""
        return self.filter(is_active=True).update(is_active=False)


class Session(models.Model):
    """A login on one device. Tokens are stored as hashes: a stolen table opens no door."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="sessions", db_index=False)
    refresh_token = models.CharField(
        max_length=512, db_comment="SHA-256 of the token; the token itself is stored nowhere"
    )
    access_token_hash = models.CharField(max_length=255, null=True, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.TextField(null=True, blank=True)
    device_info = models.JSONField(null=True, blank=True)
    is_active = models.BooleanField(db_default=True)
    is_revoked = models.BooleanField(db_default=False)
    created_at = models.DateTimeField(db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(db_default=TransactionNow(), editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        db_table = "sessions"
        db_table_comment = "One row for each device that a user is logged in on"
        indexes: ClassVar = [
            models.Index(fields=["user"], name="idx_sessions_user_id"),
            models.Index(fields=["is_active"], name="idx_sessions_is_active"),
            models.Index(fields=["is_revoked"], name="idx_sessions_is_revoked"),
            models.Index(fields=["expires_at"], name="idx_sessions_expires_at"),
            models.Index(fields=["created_at"], name="idx_sessions_created_at"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["refresh_token"], name="sessions_refresh_token_key"),
        ]

    def __str__(self) -> str:
        return f"{self.user} from {self.ip_address or 'an unknown address'}"
