"""The JSON endpoints: each reads strings, calls one service, answers with an object."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from authservice import accounts, login, tokens, two_factor
from authservice.client import Client
from authservice.errors import BadInput, NotAuthenticated, ServiceError, Taken
from authservice.models import Session, User

STATUS: dict[type[ServiceError], HTTPStatus] = {
    BadInput: HTTPStatus.BAD_REQUEST,
    NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    Taken: HTTPStatus.CONFLICT,
}

# PostgreSQL stores neither; JSON can spell both.
UNSTORABLE = re.compile("[\\0\ud800-\udfff]")

View = Callable[[HttpRequest], JsonResponse]


def endpoint(method: str) -> Callable[[View], View]:
    """Make a view of a function that answers one method and may raise ServiceError.

    No cookie authenticates anybody here, so there is nothing for CSRF to protect.
    """

    def decorate(function: View) -> View:
        @csrf_exempt
        @never_cache
        @require_http_methods([method])
        @functools.wraps(function)
        def view(request: HttpRequest) -> JsonResponse:
            try:
                return function(request)
            except ServiceError as error:
                body = {"error": error.code, "message": error.message}
                return JsonResponse(body, status=STATUS[type(error)])

        return view

    return decorate


@endpoint("POST")
def register(request: HttpRequest) -> JsonResponse:
    """Create an account and log in."""
    email, username, password = _fields(request, "email", "username", "password")
    user = accounts.register(email, username, password, client=Client.of(request))
    return _logged_in(request, user, status=HTTPStatus.CREATED)


@endpoint("POST")
def log_in(request: HttpRequest) -> JsonResponse:
    """Log in with a name, which may be the e-mail address, a password and perhaps a code."""
    name, password, code = _fields(request, "login", "password", "code", optional=["code"])
    user = login.log_in(name, password, code=code, client=Client.of(request))
    accounts.record(user, "login", Client.of(request))
    return _logged_in(request, user)


@endpoint("POST")
def refresh(request: HttpRequest) -> JsonResponse:
    """Exchange a refresh token for new tokens."""
    (token,) = _fields(request, "refresh_token")
    return JsonResponse(_as_json(tokens.refresh(token)))


@endpoint("POST")
def log_out(request: HttpRequest) -> JsonResponse:
    """End the session whose access token was sent."""
    session = _session(request)
    Session.objects.filter(pk=session.pk).end()
    accounts.record(session.user, "logout", Client.of(request))
    return JsonResponse({})


@endpoint("GET")
def me(request: HttpRequest) -> JsonResponse:
    """Tell users who they are."""
    return JsonResponse(_profile(_session(request).user))


@endpoint("POST")
def two_factor_enrol(request: HttpRequest) -> JsonResponse:
    """Issue the secret of a second factor."""
    return JsonResponse({"uri": two_factor.enrol(_session(request).user)})


@endpoint("POST")
def two_factor_confirm(request: HttpRequest) -> JsonResponse:
    """Enable the second factor by a first code."""
    user = _session(request).user
    (code,) = _fields(request, "code")
    recovery_codes = two_factor.confirm(user, code)
    accounts.record(user, "two_factor_enabled", Client.of(request))
    return JsonResponse({"recovery_codes": recovery_codes})


def _fields(request: HttpRequest, *names: str, optional: Collection[str] = ()) -> list[str]:
    """Return the strings of these names in the request's JSON object."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is not JSON.", code="not_json") from error
    if not isinstance(body, dict):
        raise BadInput("The body is not a JSON object.", code="not_json")
    return [_string(body, name, required=name not in optional) for name in names]


def _string(body: dict[str, object], name: str, *, required: bool) -> str:
    value = body.get(name, None if required else "")
    if not isinstance(value, str) or UNSTORABLE.search(value):
        raise BadInput(f"{name!r} must be a string of valid characters.", code="invalid")
    return value


def _session(request: HttpRequest) -> Session:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticated("An access token is required.", code="token_required")
    return tokens.session_of(token.strip())


def _logged_in(
    request: HttpRequest, user: User, *, status: HTTPStatus = HTTPStatus.OK
) -> JsonResponse:
    pair = tokens.open_session(user, Client.of(request))
    return JsonResponse({"user": _profile(user), **_as_json(pair)}, status=status)


def _as_json(pair: tokens.Tokens) -> dict[str, Any]:
    return {
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "token_type": "Bearer",
        "expires_in": pair.expires_in,
    }


def _profile(user: User) -> dict[str, Any]:
    return {
        "id": str(user.pk),
        "email": user.email,
        "username": user.username,
        "role": user.role,
        "email_verified": user.email_verified,
        "two_factor_enabled": two_factor.is_enabled(user),
    }
