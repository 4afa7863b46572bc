"""The questions that the service asks about users, and how users come into being."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.contrib.auth.base_user import BaseUserManager
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now

if TYPE_CHECKING:
    from authservice.models.user import User


class UserQuerySet(models.QuerySet["User"]):
    """Users by what may be done with them. Nothing is hidden: ``all()`` holds deleted ones too."""

    def active(self) -> Self:
        """Return those who may log in, a lock-out aside."""
        return self.filter(is_active=True, deleted_at=None)

    def deleted(self) -> Self:
        """Return those who were deleted softly."""
        return self.filter(deleted_at__isnull=False)

    def locked(self) -> Self:
        """Return those whom failed attempts keep out at this moment, by the database's clock."""
        return self.filter(locked_until__gt=Now())

    def named(self, name: str) -> Self:
        """Return the one whose e-mail address (in any case) or username that is."""
        return self.filter(Q(email=name.lower()) | Q(username=name))

    @transaction.atomic
    def soft_delete(self) -> int:
        """Delete softly those who are not deleted yet, end their sessions; return how many."""
        alive = self.filter(deleted_at=None).select_for_update()
        ids = list(alive.values_list("pk", flat=True))
        apps.get_model("authservice", "Session").objects.filter(user__in=ids).revoke()
        return self.filter(pk__in=ids).update(deleted_at=Now(), is_active=False)

    def restore(self) -> int:
        """Bring back those who were deleted softly; return how many."""
        return self.deleted().update(deleted_at=None, is_active=True)

    def unlock(self) -> int:
        """Let users try to log in again at once; return how many."""
        return self.update(failed_login_attempts=0, locked_until=None)


class UserManager(BaseUserManager["User"]):
    """Create users: hashed password, e-mail address in lower case."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address in lower case, as it is stored and looked up."""
        return (email or "").strip().lower()

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the user with that e-mail address, typed in any case."""
        return self.get(email=self.normalize_email(username))

    def create_user(
        self, email: str, username: str, password: str | None = None, **fields: Any
    ) -> User:
        """Create a user; without a password nobody can log in as that user."""
        user = self.model(email=self.normalize_email(email), username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, username: str, password: str | None = None, **fields: Any
    ) -> User:
        """Create an administrator, as the createsuperuser command does."""
        return self.create_user(
            email, username, password, **{**fields, "role": "admin", "email_verified": True}
        )
