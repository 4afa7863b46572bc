"""Accounts: how they begin."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.views.decorators.debug import sensitive_variables

from authservice.client import Client
from authservice.errors import BadInput, Taken
from authservice.models import (
    User,
    UserActivity,
    UserNotificationPreferences,
    UserPreferences,
)


@sensitive_variables("password")
def register(email: str, username: str, password: str, *, client: Client | None = None) -> User:
    """Create an ordinary user with default preferences."""
    user = User(email=User.objects.normalize_email(email), username=username)
    try:
        validate_password(password, user)
        user.set_password(password)
        user.full_clean()
        with transaction.atomic():
            user.save(force_insert=True)
            UserPreferences.objects.create(user=user)
            UserNotificationPreferences.objects.create(user=user)
            record(user, "register", client or Client())
    except ValidationError as error:
        raise BadInput(" ".join(error.messages), code="invalid") from error
    except IntegrityError as error:  # another request was faster than full_clean
        raise Taken("E-mail address or username is taken.", code="taken") from error
    return user


def record(user: User, action: str, client: Client) -> UserActivity:
    """Add a line to the user's audit trail."""
    return UserActivity.objects.create(
        user=user, action=action, ip_address=client.address, user_agent=client.user_agent
    )
