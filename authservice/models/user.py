"""Users: who may log in, as what, and how that is guarded."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import auth
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from authservice.fields import EnumField
from authservice.models.user_manager import UserManager, UserQuerySet


class UserRole(models.TextChoices):
    """The values of the enum type user_role, in the database's order."""

    USER = "user", "User"
    ADMIN = "admin", "Administrator"
    MODERATOR = "moderator", "Moderator"


def refuse_at_sign(value: str) -> None:
    """Raise ValidationError where a username could be taken for somebody's e-mail address."""
    if "@" in value:
        raise ValidationError("A username cannot hold an @: it would look like an e-mail address.")


class User(AbstractBaseUser):
    """An account. Staff and superuser status derive from ``role``, permissions do as well.

    The database sets ``updated_at`` by a trigger; an instance knows the new value only after
    ``refresh_from_db``.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    email = models.EmailField(max_length=255, unique=True)
    username = models.CharField(
        max_length=100, unique=True, validators=[UnicodeUsernameValidator(), refuse_at_sign]
    )
    password = models.CharField("password", max_length=255, db_column="password_hash")
    role = EnumField(enum_name="user_role", choices=UserRole.choices, db_default=UserRole.USER)
    is_active = models.BooleanField(db_default=True)
    email_verified = models.BooleanField(db_default=False)

    google_id = models.CharField(max_length=255, null=True, blank=True)
    git_hub_id = models.CharField(max_length=255, null=True, blank=True)
    facebook_id = models.CharField(max_length=255, null=True, blank=True)

    first_name = models.CharField(max_length=100, null=True, blank=True)
    last_name = models.CharField(max_length=100, null=True, blank=True)
    phone_number = models.CharField(max_length=20, null=True, blank=True)
    bio = models.TextField(null=True, blank=True)
    avatar_url = models.URLField(max_length=500, null=True, blank=True)
    date_of_birth = models.DateField(null=True, blank=True)
    gender = models.CharField(max_length=20, null=True, blank=True)
    country = models.CharField(max_length=100, null=True, blank=True)
    city = models.CharField(max_length=100, null=True, blank=True)
    timezone = models.CharField(max_length=50, null=True, blank=True)
    language = models.CharField(max_length=10, null=True, blank=True, db_default="en")
    website = models.URLField(max_length=500, null=True, blank=True)
    linkedin = models.URLField(max_length=500, null=True, blank=True)
    twitter = models.URLField(max_length=500, null=True, blank=True)
    github = models.URLField(max_length=500, null=True, blank=True)

    last_login = models.DateTimeField(
        "last login", db_column="last_login_at", null=True, blank=True, editable=False
    )
    last_login_ip = models.GenericIPAddressField(null=True, blank=True, editable=False)
    failed_login_attempts = models.IntegerField(null=True, blank=True, db_default=0)
    locked_until = models.DateTimeField(null=True, blank=True)

    two_factor_secret = models.CharField(
        max_length=64,
        null=True,
        blank=True,
        editable=False,
        db_comment="Base32 secret of the time-based one-time password (RFC 6238)",
    )
    two_factor_confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    two_factor_last_step = models.BigIntegerField(
        null=True,
        blank=True,
        editable=False,
        db_comment="Time step of the last code accepted: no code works twice",
    )

    created_at = models.DateTimeField(db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(db_default=TransactionNow(), editable=False)
    deleted_at = models.DateTimeField(
        null=True,
        blank=True,
        db_comment="Soft delete: set means gone for everybody but an administrator",
    )

    objects = UserManager.from_queryset(UserQuerySet)()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["username"]

    class Meta:
        db_table = "users"
        indexes: ClassVar = [
            models.Index(fields=["role"], name="idx_users_role"),
            models.Index(fields=["is_active"], name="idx_users_is_active"),
            models.Index(fields=["created_at"], name="idx_users_created_at"),
            models.Index(fields=["deleted_at"], name="idx_users_deleted_at"),
            models.Index(
                fields=["google_id"],
                name="idx_users_google_id",
                condition=Q(google_id__isnull=False),
            ),
            models.Index(
                fields=["git_hub_id"],
                name="idx_users_git_hub_id",
                condition=Q(git_hub_id__isnull=False),
            ),
            models.Index(
                fields=["facebook_id"],
                name="idx_users_facebook_id",
                condition=Q(facebook_id__isnull=False),
            ),
            models.Index(
                fields=["phone_number"],
                name="idx_users_phone_number",
                condition=Q(phone_number__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="users_two_factor_confirmed_check",
                condition=Q(two_factor_confirmed_at__isnull=True)
                | Q(two_factor_secret__isnull=False),
            ),
        ]

    def clean(self) -> None:
        """Put the e-mail address into the form in which it is stored and looked up."""
        super().clean()
        self.email = type(self).objects.normalize_email(self.email)

    @property
    def is_deleted(self) -> bool:
        """Tell whether the account was deleted softly."""
        return self.deleted_at is not None

    @property
    def is_locked(self) -> bool:
        """Tell whether too many failed attempts keep the user out for now."""
        return self.locked_until is not None and self.locked_until > timezone.now()

    @property
    def is_staff(self) -> bool:
        """Tell whether the user may enter the admin site: administrators and moderators."""
        return self.role in {UserRole.ADMIN, UserRole.MODERATOR}

    @property
    def is_superuser(self) -> bool:
        """Tell whether the user may do everything."""
        return self.role == UserRole.ADMIN

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Tell whether a backend grants the permission."""
        return any(backend.has_perm(self, perm, obj=obj) for backend in auth.get_backends())

    def has_perms(self, perm_list: list[str], obj: Any = None) -> bool:
        """Tell whether the user has every one of the permissions."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Tell whether the user may see anything of the app."""
        return any(
            backend.has_module_perms(self, app_label)
            for backend in auth.get_backends()
            if hasattr(backend, "has_module_perms")
        )
