"""The health endpoint: a word for strangers, details for staff with the view permission."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from schema_tools.errors import Unavailable
from schema_tools.services.overview import Overview, Word, overviews, worst

VIEW_PERMISSION = "schema_tools.view_appliedmigration"

_WELL = frozenset({Word.OK, Word.AHEAD})

logger = logging.getLogger("schema_tools.health")


@never_cache
@require_safe
@login_not_required
@transaction.non_atomic_requests
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 where all migrations are applied and intact, else 503.

    Also 200 where the database is ahead: an older program goes on through a deployment, and comes
    back after one that went wrong.
    """
    try:
        found = overviews()
        body = {"status": worst(found), **_details(request, found)}
    except Exception:  # a probe gets an answer, whatever is wrong
        logger.exception("the health of the schema could not be told")
        body = {"status": Word.UNAVAILABLE}
    response = JsonResponse(body, status=200 if body["status"] in _WELL else 503)
    # Django logs each answer of 500 and above as an error, which by default is mailed to the
    # admins: at every probe.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _details(request: HttpRequest, found: tuple[Overview, ...]) -> dict[str, Any]:
    if not _may_see(request, found):
        return {}
    return {"databases": {each.alias: _database(each) for each in found}}


def _may_see(request: HttpRequest, found: tuple[Overview, ...]) -> bool:
    """Return whether the user is known to have the permission.

    Who it is is not asked where a server does not answer: sessions and users may be on that one,
    and Django would wait for it without a limit.
    """
    if any(isinstance(each.error, Unavailable) for each in found):
        return False
    try:
        user = getattr(request, "user", None)
        staff = getattr(user, "is_active", False) and getattr(user, "is_staff", False)
        return bool(user and staff and user.has_perm(VIEW_PERMISSION))
    except Exception:  # any backend may fail in any way: then it is a stranger
        logger.exception("the user could not be told from a stranger")
        return False


def _database(found: Overview) -> dict[str, Any]:
    if found.status is None:
        return {"status": found.word, "error": str(found.error)}
    validation = found.validation
    return {
        "status": found.word,
        "database": found.status["database"],
        "migrations": found.status["migrations"],
        "findings": [finding["code"] for finding in found.status["findings"]],
        "last_validation": validation
        and {"ok": validation.ok, "at": validation.at.isoformat(timespec="seconds")},
    }
