"""Login attempts: every one, whether it succeeded or not."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now

from authservice.models.user import User


class LoginAttemptQuerySet(models.QuerySet["LoginAttempt"]):
    """Attempts by how they ended and where they came from."""

    def failed(self) -> Self:
        """Return those that failed."""
        return self.filter(success=False)

    def succeeded(self) -> Self:
        """Return those that succeeded."""
        return self.filter(success=True)


class LoginAttempt(models.Model):
    """One attempt to log in. ``user`` is null where the name typed belongs to nobody."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User,
        models.CASCADE,
        related_name="login_attempts",
        null=True,
        blank=True,
        db_index=False,
        db_comment="Null where the name that was typed belongs to nobody",
    )
    email = models.CharField(max_length=255, null=True, blank=True)
    username = models.CharField(max_length=100, null=True, blank=True)
    success = models.BooleanField(db_default=False)
    failure_reason = models.CharField(max_length=255, null=True, blank=True)
    ip_address = models.GenericIPAddressField()
    user_agent = models.TextField(null=True, blank=True)
    attempted_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = LoginAttemptQuerySet.as_manager()

    class Meta:
        db_table = "login_attempts"
        indexes: ClassVar = [
            models.Index(fields=["user"], name="idx_login_attempts_user_id"),
            models.Index(fields=["email"], name="idx_login_attempts_email"),
            models.Index(fields=["ip_address"], name="idx_login_attempts_ip_address"),
            models.Index(fields=["success"], name="idx_login_attempts_success"),
            # Django allows an index name 30 characters, the SQL file's has 31: left to Django.
            models.Index(fields=["attempted_at"]),
        ]

    def __str__(self) -> str:
        outcome = "succeeded" if self.success else f"failed ({self.failure_reason})"
        return f"{self.email or self.username} {outcome}"
