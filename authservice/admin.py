"""The service's pages in Django's admin: what happened is read-only, deleting users is soft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, auth, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import models
from django.http import HttpRequest

from authservice.models import (
    LoginAttempt,
    Session,
    User,
    UserActivity,
    UserNotification,
    UserNotificationPreferences,
    UserPreferences,
    UserRecoveryCode,
)
from authservice.models.session import SessionQuerySet
from authservice.models.user_manager import UserQuerySet
from authservice.models.user_notification import UserNotificationQuerySet

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[models.Model]
    BaseUserAdmin = DjangoUserAdmin[User]
else:
    ModelAdmin = admin.ModelAdmin
    BaseUserAdmin = DjangoUserAdmin


class LoginForm(AdminAuthenticationForm):
    """The admin's login with one more field, for those who have a second factor."""

    code = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        """Authenticate with the code; Django's own form passes name and password only."""
        self.user_cache = auth.authenticate(self.request, **self.cleaned_data)
        if self.user_cache is None:
            raise self.get_invalid_login_error()
        self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data


admin.site.login_form = LoginForm
admin.site.login_template = "authservice/login.html"


class DatabaseDefaultsAdmin(ModelAdmin):
    """Pages whose empty form shows what the database would put in."""

    formfield_overrides: ClassVar = {models.URLField: {"assume_scheme": "https"}}

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return the constant database defaults, which Django leaves out of forms."""
        defaults = {
            field.name: field.db_default
            for field in self.model._meta.concrete_fields
            if field.has_db_default() and not hasattr(field.db_default, "resolve_expression")
        }
        return {**defaults, **super().get_changeform_initial_data(request)}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return none for a new row: Django cannot show what only the database knows yet."""
        return super().get_readonly_fields(request, obj) if obj else ()

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out of a new row's form what is read-only afterwards."""
        return super().get_exclude(request, obj) if obj else self.readonly_fields


class ReadOnlyAdmin(ModelAdmin):
    """Pages on what has happened, which nobody can make unhappen."""

    list_select_related = ("user",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False


@admin.register(User)
class UserAdmin(DatabaseDefaultsAdmin, BaseUserAdmin):
    """Users, who are deleted softly and can be brought back."""

    list_display = ("email", "username", "role", "is_active", "is_locked", "last_login")
    list_filter = ("role", "is_active", "email_verified", "created_at")
    search_fields = ("email", "username", "first_name", "last_name")
    ordering = ("email",)
    filter_horizontal = ()
    actions = ("soft_delete", "restore", "unlock")
    readonly_fields = (
        "failed_login_attempts",
        "locked_until",
        "last_login",
        "last_login_ip",
        "two_factor_confirmed_at",
        "created_at",
        "updated_at",
        "deleted_at",
    )
    add_fieldsets = ((None, {"fields": ("email", "username", "role", "password1", "password2")}),)
    fieldsets = (
        (None, {"fields": ("email", "username", "password", "role")}),
        ("Status", {"fields": ("is_active", "email_verified", "deleted_at")}),
        ("Profile", {"fields": ("first_name", "last_name", "phone_number", "bio", "avatar_url")}),
        (
            "Personal",
            {"fields": ("date_of_birth", "gender", "country", "city", "timezone", "language")},
        ),
        ("Elsewhere", {"fields": ("website", "linkedin", "twitter", "github")}),
        ("Linked accounts", {"fields": ("google_id", "git_hub_id", "facebook_id")}),
        (
            "Security",
            {
                "fields": (
                    "failed_login_attempts",
                    "locked_until",
                    "last_login",
                    "last_login_ip",
                    "two_factor_confirmed_at",
                )
            },
        ),
        ("Dates", {"fields": ("created_at", "updated_at")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: users are deleted softly, by the action."""
        return False

    @admin.display(boolean=True, description="locked")
    def is_locked(self, user: User) -> bool:
        """Show whether failed attempts keep the user out."""
        return user.is_locked

    @admin.action(description="Delete selected users softly", permissions=["change"])
    def soft_delete(self, request: HttpRequest, users: UserQuerySet) -> None:
        """Delete users so that they can be restored."""
        _tell(self, request, users.exclude(pk=str(request.user.pk)).soft_delete(), "deleted")

    @admin.action(description="Restore selected users", permissions=["change"])
    def restore(self, request: HttpRequest, users: UserQuerySet) -> None:
        """Bring deleted users back."""
        _tell(self, request, users.restore(), "restored")

    @admin.action(description="Unlock selected users", permissions=["change"])
    def unlock(self, request: HttpRequest, users: UserQuerySet) -> None:
        """Let users try to log in again at once."""
        _tell(self, request, users.unlock(), "unlocked")


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    """Sessions, which can be revoked; the hashes of their tokens are nobody's business."""

    list_display = ("user", "ip_address", "is_active", "is_revoked", "last_used_at", "expires_at")
    list_filter = ("is_active", "is_revoked", "created_at")
    search_fields = ("user__email", "user__username", "ip_address")
    exclude = ("refresh_token", "access_token_hash")
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Allow revoking to those who could change a session, were the page not read-only."""
        return request.user.has_perm("authservice.change_session")

    @admin.action(description="Revoke selected sessions", permissions=["revoke"])
    def revoke(self, request: HttpRequest, sessions: SessionQuerySet) -> None:
        """End sessions before their time."""
        _tell(self, request, sessions.revoke(), "revoked")


@admin.register(LoginAttempt)
class LoginAttemptAdmin(ReadOnlyAdmin):
    """Who tried to log in, from where, and what came of it."""

    list_display = ("attempted_at", "email", "username", "success", "failure_reason", "ip_address")
    list_filter = ("success", "failure_reason", "attempted_at")
    search_fields = ("email", "username", "ip_address")
    ordering = ("-attempted_at",)


@admin.register(UserActivity)
class UserActivityAdmin(ReadOnlyAdmin):
    """The audit trail."""

    list_display = ("created_at", "user", "action", "ip_address")
    list_filter = ("action", "created_at")
    search_fields = ("user__email", "user__username", "description")
    ordering = ("-created_at",)


@admin.register(UserRecoveryCode)
class UserRecoveryCodeAdmin(ReadOnlyAdmin):
    """Which recovery codes were used; not the codes."""

    list_display = ("user", "created_at", "used_at")
    exclude = ("code_hash",)
    ordering = ("-created_at",)


@admin.register(UserPreferences)
class UserPreferencesAdmin(DatabaseDefaultsAdmin):
    """Preferences."""

    list_display = ("user", "theme", "language", "privacy_level", "two_factor_enabled")
    list_filter = ("theme", "privacy_level", "two_factor_enabled")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__username")
    autocomplete_fields = ("user",)
    readonly_fields = ("two_factor_enabled", "created_at", "updated_at")


@admin.register(UserNotificationPreferences)
class UserNotificationPreferencesAdmin(DatabaseDefaultsAdmin):
    """How users want to be notified."""

    list_display = ("user", "notification_frequency", "email_notifications", "push_notifications")
    list_filter = ("notification_frequency",)
    list_select_related = ("user",)
    search_fields = ("user__email", "user__username")
    autocomplete_fields = ("user",)
    readonly_fields = ("created_at", "updated_at")


@admin.register(UserNotification)
class UserNotificationAdmin(DatabaseDefaultsAdmin):
    """Messages to users."""

    list_display = ("title", "user", "type", "is_read", "created_at", "expires_at")
    list_filter = ("type", "is_read", "created_at")
    list_select_related = ("user",)
    search_fields = ("title", "user__email", "user__username")
    autocomplete_fields = ("user",)
    readonly_fields = ("is_read", "read_at", "created_at")
    actions = ("mark_read",)

    @admin.action(description="Mark selected notifications as read", permissions=["change"])
    def mark_read(self, request: HttpRequest, notifications: UserNotificationQuerySet) -> None:
        """Mark notifications as read now."""
        _tell(self, request, notifications.mark_read(), "marked as read")


def _tell(page: ModelAdmin, request: HttpRequest, number: int, done: str) -> None:
    level = messages.SUCCESS if number else messages.WARNING
    page.message_user(request, f"{number} {done}.", level)
