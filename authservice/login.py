"""Check credentials; keep those out for a while who guess; record every attempt."""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from authservice import two_factor
from authservice.client import Client
from authservice.errors import NotAuthenticated
from authservice.models import LoginAttempt, User

logger = logging.getLogger(__name__)

UNKNOWN_USER = "unknown user"
WRONG_PASSWORD = "wrong password"
WRONG_CODE = "wrong code"
CODE_REQUIRED = "code required"
LOCKED = "locked"
INACTIVE = "inactive"
GUESSES = {WRONG_PASSWORD, WRONG_CODE}


@sensitive_variables("password", "code")
def log_in(name: str, password: str, *, code: str = "", client: Client | None = None) -> User:
    """Return the user with that e-mail address or username and password.

    ``code`` is the second factor, for users who have one. Raises NotAuthenticated, which says the
    same whether the user is unknown, locked out, deactivated or the password wrong: what it was
    is recorded for administrators only.
    """
    client = client or Client()
    with transaction.atomic():
        # The row stays locked, so that parallel guesses are counted one after the other.
        user = User.objects.named(name).select_for_update().first()
        refusal = _refusal(user, password, code)
        _record(user, name, refusal, client)
        if user and refusal in GUESSES:
            _count_failure(user)
        elif user and not refusal:
            _note_success(user, client)
    if user and not refusal:
        return user
    if refusal == CODE_REQUIRED:
        raise NotAuthenticated("A code of the second factor is required.", code="code_required")
    raise NotAuthenticated(
        "Name, password or code is wrong, or the account is locked for a while.",
        code="login_failed",
    )


@sensitive_variables("password", "code", "password_is_right")
def _refusal(user: User | None, password: str, code: str) -> str:
    """Return why the user is refused, "" if not; takes as long for users who do not exist."""
    if user is None:
        User().set_password(password)
        return UNKNOWN_USER
    password_is_right = user.check_password(password)
    if user.is_locked:
        return LOCKED
    if not user.is_active or user.is_deleted:
        return INACTIVE
    if not password_is_right:
        return WRONG_PASSWORD
    if not two_factor.is_enabled(user):
        return ""
    if not code:
        return CODE_REQUIRED
    return "" if two_factor.accept(user, code) else WRONG_CODE


def _record(user: User | None, name: str, refusal: str, client: Client) -> None:
    LoginAttempt.objects.create(
        user=user,
        email=name[:255] if "@" in name else None,
        username=None if "@" in name else name[:100],
        success=not refusal,
        failure_reason=refusal or None,
        ip_address=client.address,
        user_agent=client.user_agent,
    )


def _count_failure(user: User) -> None:
    now = timezone.now()
    lock_is_over = user.locked_until is not None  # a user who is locked out makes no guesses
    failures = 1 if lock_is_over else (user.failed_login_attempts or 0) + 1
    user.failed_login_attempts = failures
    user.locked_until = _lock_end(failures, now)
    user.save(update_fields=["failed_login_attempts", "locked_until"])
    if user.locked_until:
        logger.warning("User %s is locked until %s", user.pk, user.locked_until.isoformat())


def _lock_end(failures: int, now: datetime) -> datetime | None:
    if failures < settings.AUTH_LOCKOUT_FAILURES:
        return None
    return now + settings.AUTH_LOCKOUT_TIME


def _note_success(user: User, client: Client) -> None:
    user.failed_login_attempts = 0
    user.locked_until = None
    user.last_login = timezone.now()
    user.last_login_ip = client.address
    user.save(
        update_fields=["failed_login_attempts", "locked_until", "last_login", "last_login_ip"]
    )
