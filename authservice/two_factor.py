"""The second factor: time-based one-time passwords (RFC 6238) and recovery codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
import time
from urllib.parse import quote, urlencode

from django.db import transaction
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare

from authservice.errors import BadInput
from authservice.models import User, UserPreferences, UserRecoveryCode

ISSUER = "authservice"
STEP_SECONDS = 30
DIGITS = 6
TOLERATED_STEPS = 1  # clocks differ, and typing takes time
RECOVERY_CODES = 10


def is_enabled(user: User) -> bool:
    """Tell whether the user has a confirmed second factor."""
    return user.two_factor_confirmed_at is not None


@transaction.atomic
def enrol(user: User) -> str:
    """Give the user a new secret, to be confirmed by a code; return it as an otpauth URI."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if is_enabled(user):
        raise BadInput("The second factor is already enabled.", code="already_enabled")
    user.two_factor_secret = base64.b32encode(secrets.token_bytes(20)).decode()
    user.save(update_fields=["two_factor_secret"])
    query = urlencode({"secret": user.two_factor_secret, "issuer": ISSUER})
    return f"otpauth://totp/{ISSUER}:{quote(user.email)}?{query}"


@transaction.atomic
def confirm(user: User, code: str) -> list[str]:
    """Enable the second factor by a first code; return recovery codes, shown only this once."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if is_enabled(user):
        raise BadInput("The second factor is already enabled.", code="already_enabled")
    if not _accept_password(user, code):
        raise BadInput("The code is wrong.", code="wrong_code")
    User.objects.filter(pk=user.pk).update(two_factor_confirmed_at=Now())
    UserPreferences.objects.update_or_create(user=user, defaults={"two_factor_enabled": True})
    codes = [secrets.token_hex(10) for _ in range(RECOVERY_CODES)]
    user.recovery_codes.all().delete()
    UserRecoveryCode.objects.bulk_create(
        UserRecoveryCode(user=user, code_hash=_hash(code)) for code in codes
    )
    return codes


def accept(user: User, code: str) -> bool:
    """Use up a one-time password or a recovery code; tell whether it was good.

    The caller holds a lock on the user's row, so that no code is good twice.
    """
    return _accept_password(user, code) or _accept_recovery_code(user, code)


def password_at(secret: str, step: int) -> str:
    """Return the one-time password of a time step, as the user's device shows it."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1)
    offset = digest[-1] & 0x0F
    (number,) = struct.unpack_from(">I", digest, offset)
    return str((number & 0x7FFFFFFF) % 10**DIGITS).zfill(DIGITS)


def _accept_password(user: User, code: str) -> bool:
    if not user.two_factor_secret:
        return False
    now = int(time.time()) // STEP_SECONDS
    first = max(now - TOLERATED_STEPS, (user.two_factor_last_step or 0) + 1)
    for step in range(first, now + TOLERATED_STEPS + 1):
        if constant_time_compare(password_at(user.two_factor_secret, step), code):
            user.two_factor_last_step = step
            user.save(update_fields=["two_factor_last_step"])
            return True
    return False


def _accept_recovery_code(user: User, code: str) -> bool:
    codes = UserRecoveryCode.objects.filter(user=user, code_hash=_hash(code))
    return codes.unused().update(used_at=Now()) == 1


def _hash(code: str) -> str:
    return hashlib.sha256(code.strip().lower().encode()).hexdigest()
