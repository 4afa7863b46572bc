"""Who a user is and what a user may do: both follow from the users table alone."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AnonymousUser, Permission
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from authservice.client import Client
from authservice.errors import NotAuthenticated
from authservice.login import log_in
from authservice.models import User, UserRole


class RoleBackend(BaseBackend):
    """Log users in by e-mail address or username; grant permissions by role.

    Administrators may do everything, moderators may look at everything, others nothing.
    """

    @sensitive_variables("password", "code", "credentials")
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        code: str = "",
        **credentials: Any,
    ) -> User | None:
        """Return the user whose credentials those are, None where they are refused."""
        name = username or credentials.get(User.USERNAME_FIELD)
        if name is None or password is None:
            return None
        try:
            return log_in(name, password, code=code, client=Client.of(request))
        except NotAuthenticated:
            return None

    def get_user(self, user_id: Any) -> User | None:
        """Return the user of a Django session, unless deactivated or deleted since."""
        return User.objects.active().filter(pk=user_id).first()

    def has_perm(self, user_obj: User | AnonymousUser, perm: str, obj: Any = None) -> bool:
        """Tell whether the role grants ``app_label.codename``."""
        action = perm.partition(".")[2].partition("_")[0]
        return _role_grants(user_obj, view_only=action == "view")

    def has_module_perms(self, user_obj: User | AnonymousUser, app_label: str) -> bool:
        """Tell whether the role grants anything in the app."""
        return _role_grants(user_obj, view_only=True)

    def get_all_permissions(self, user_obj: User | AnonymousUser, obj: Any = None) -> set[str]:
        """Return every permission that the role grants."""
        rows = Permission.objects.values_list("content_type__app_label", "codename")
        names = (f"{app_label}.{codename}" for app_label, codename in rows.order_by())
        return {name for name in names if self.has_perm(user_obj, name, obj)}


def _role_grants(user: User | AnonymousUser, *, view_only: bool) -> bool:
    if not isinstance(user, User) or not user.is_active or user.is_deleted:
        return False
    return user.role == UserRole.ADMIN or (view_only and user.role == UserRole.MODERATOR)
