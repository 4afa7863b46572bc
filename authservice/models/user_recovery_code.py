"""Recovery codes: the way in for users who lost their second factor."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models

from authservice.models.user import User


class UserRecoveryCodeQuerySet(models.QuerySet["UserRecoveryCode"]):
    """Recovery codes by whether they still work."""

    def unused(self) -> Self:
        """Return those that still work."""
        return self.filter(used_at=None)


class UserRecoveryCode(models.Model):
    """A code that replaces the second factor once."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.CASCADE, related_name="recovery_codes", db_index=False
    )  # the unique constraint's index serves the key
    code_hash = models.CharField(
        max_length=64, db_comment="SHA-256 of the code; the code itself is stored nowhere"
    )
    used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=TransactionNow(), editable=False)

    objects = UserRecoveryCodeQuerySet.as_manager()

    class Meta:
        db_table = "user_recovery_codes"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "code_hash"], name="user_recovery_codes_user_id_code_hash_key"
            ),
        ]

    def __str__(self) -> str:
        return f"Recovery code of {self.user}"
