"""Sessions as their holders see them: a short-lived access token and a refresh token.

The database holds hashes only. Tokens are random and long, so that a fast hash is enough.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import NoReturn

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.utils import timezone

from authservice.client import Client
from authservice.errors import NotAuthenticated
from authservice.models import Session, User


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client keeps: ``access`` goes with every request, ``refresh`` gets the next pair."""

    access: str
    refresh: str
    expires_in: int


def open_session(user: User, client: Client) -> Tokens:
    """Begin a session of a user who has just logged in."""
    session = Session(
        user=user,
        ip_address=client.address,
        user_agent=client.user_agent,
        expires_at=timezone.now() + settings.AUTH_SESSION_LIFETIME,
        refresh_token=secrets.token_hex(32),
    )
    with transaction.atomic():
        session.save()
        return _issue(session)


@transaction.atomic
def refresh(token: str) -> Tokens:
    """Return new tokens for a refresh token, which is void from now on."""
    sessions = Session.objects.active().filter(user__in=User.objects.active())
    session = sessions.select_for_update().filter(refresh_token=_hash(token)).first()
    return _issue(session) if session else _refuse()


def session_of(access_token: str) -> Session:
    """Return the session, with its user, that an access token belongs to."""
    try:
        name = _signer().unsign(access_token, max_age=settings.AUTH_ACCESS_TOKEN_LIFETIME)
    except BadSignature:
        _refuse()
    sessions = Session.objects.active().filter(user__in=User.objects.active())
    session = sessions.select_related("user").filter(pk=name.partition(".")[0]).first()
    hashes = (session.access_token_hash or "" if session else "", _hash(access_token))
    if session is None or not secrets.compare_digest(*hashes):
        _refuse()
    return session


def _issue(session: Session) -> Tokens:
    access = _signer().sign(f"{session.pk}.{secrets.token_urlsafe(32)}")
    new_refresh = secrets.token_urlsafe(48)
    session.access_token_hash = _hash(access)
    session.refresh_token = _hash(new_refresh)
    session.last_used_at = timezone.now()
    session.save(update_fields=["access_token_hash", "refresh_token", "last_used_at"])
    lifetime = int(settings.AUTH_ACCESS_TOKEN_LIFETIME.total_seconds())
    return Tokens(access, new_refresh, lifetime)


def _refuse() -> NoReturn:
    raise NotAuthenticated("The token is wrong, expired or revoked.", code="bad_token")


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="authservice.tokens.access")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
