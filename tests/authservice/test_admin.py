"""The admin site: administrators do everything, moderators look, others stay out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import timezone

from authservice import two_factor
from authservice.backends import RoleBackend
from authservice.models import LoginAttempt, Session, User, UserNotification, UserPreferences
from tests.authservice.factories import (
    PASSWORD,
    AdminFactory,
    ModeratorFactory,
    SessionFactory,
    UserFactory,
    UserNotificationFactory,
    UserPreferencesFactory,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]

MODELS = sorted(
    (model for model in admin.site._registry if model._meta.app_label == "authservice"),
    key=lambda model: model._meta.model_name,
)
LOGIN = "/admin/login/"


def page(model, name, *args):
    return reverse(f"admin:authservice_{model._meta.model_name}_{name}", args=args)


@pytest.fixture
def administrator(client):
    user = AdminFactory()
    client.force_login(user)
    return user


@pytest.fixture
def moderator(client):
    user = ModeratorFactory()
    client.force_login(user)
    return user


@pytest.fixture
def rows():
    """A row of every model, by model."""
    session = SessionFactory()
    user = session.user
    related = {
        "UserActivity": user.activities.create(action="login", metadata={"from": "test"}),
        "UserNotificationPreferences": user.notification_preferences.create(),
        "UserRecoveryCode": user.recovery_codes.create(code_hash="0" * 64),
        "LoginAttempt": user.login_attempts.create(ip_address="192.0.2.1"),
        "UserPreferences": UserPreferencesFactory(user=user),
        "UserNotification": UserNotificationFactory(user=user),
        "Session": session,
        "User": user,
    }
    return {apps.get_model("authservice", name): row for name, row in related.items()}


def log_in(client, user, **more):
    data = {"username": user.email, "password": PASSWORD, "next": "/admin/", **more}
    return client.post(LOGIN, data)


def test_every_model_has_a_page():
    assert set(MODELS) == set(apps.get_app_config("authservice").get_models())


@pytest.mark.parametrize("factory", [AdminFactory, ModeratorFactory])
def test_staff_log_in_at_the_admins_own_page(client, factory):
    response = log_in(client, factory())
    assert (response.status_code, response["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200
    assert LoginAttempt.objects.get().success


def test_ordinary_users_stay_out(client):
    assert b"staff account" in log_in(client, UserFactory()).content
    assert client.get("/admin/").status_code == 302


def test_the_lock_out_holds_at_the_admins_own_page_too(client):
    user = AdminFactory()
    for _ in range(5):
        log_in(client, user, password="wrong")
    assert log_in(client, user).status_code == 200
    assert LoginAttempt.objects.failed().count() == 6
    assert not LoginAttempt.objects.succeeded().exists()


def test_an_empty_form_is_refused_without_an_attempt(client):
    assert client.post(LOGIN, {"username": "", "password": ""}).status_code == 200
    assert not LoginAttempt.objects.exists()


def test_the_admins_own_page_asks_for_the_second_factor(client):
    user = AdminFactory()
    two_factor.enrol(user)
    user.refresh_from_db()
    step = int(timezone.now().timestamp()) // two_factor.STEP_SECONDS
    codes = two_factor.confirm(user, two_factor.password_at(user.two_factor_secret, step))
    assert b'name="code"' in client.get(LOGIN).content
    assert log_in(client, user).status_code == 200
    assert log_in(client, user, code=codes[0]).status_code == 302


@pytest.mark.parametrize("change", [{"is_active": False}, {"deleted_at": timezone.now()}])
def test_a_deactivated_or_deleted_administrator_is_out_at_once(client, administrator, change):
    assert client.get("/admin/").status_code == 200
    User.objects.update(**change)
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("who", ["administrator", "moderator"])
def test_staff_see_lists_searches_and_rows(client, request, rows, who, model):
    request.getfixturevalue(who)
    assert client.get(page(model, "changelist")).status_code == 200
    assert client.get(page(model, "changelist"), {"q": "a"}).status_code == 200
    assert client.get(page(model, "change", rows[model].pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_moderators_change_nothing(client, moderator, rows, model):
    row = rows[model]
    assert client.get(page(model, "add")).status_code == 403
    assert client.post(page(model, "change", row.pk), {}).status_code == 403
    assert client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("name", ["LoginAttempt", "UserActivity", "UserRecoveryCode", "Session"])
def test_what_has_happened_cannot_be_changed_by_anybody(client, administrator, rows, name):
    model = apps.get_model("authservice", name)
    assert client.get(page(model, "add")).status_code == 403
    assert client.post(page(model, "change", rows[model].pk), {}).status_code == 403
    assert client.post(page(model, "delete", rows[model].pk), {"post": "yes"}).status_code == 403


def test_hashes_of_tokens_are_shown_to_nobody(client, administrator, rows):
    session = rows[Session]
    assert session.refresh_token not in client.get(page(Session, "change", session.pk)).text


def test_an_administrator_creates_a_user(client, administrator):
    form = client.get(page(User, "add")).context["adminform"].form
    assert form["role"].value() == "user"
    data = {
        "email": "New@Example.com",
        "username": "new",
        "role": "moderator",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert client.post(page(User, "add"), data).status_code == 302
    user = User.objects.get(username="new")
    assert (user.email, user.role, user.is_active) == ("new@example.com", "moderator", True)
    assert user.check_password(PASSWORD)


def test_an_administrator_changes_a_user(client, administrator):
    user = UserFactory()
    url = page(User, "change", user.pk)
    initial = client.get(url).context["adminform"].form.initial
    data = {key: value for key, value in initial.items() if value is not None}
    assert client.post(url, {**data, "role": "moderator", "bio": "Hello"}).status_code == 302
    changed = User.objects.get(pk=user.pk)
    assert (changed.role, changed.bio, changed.password) == ("moderator", "Hello", user.password)
    assert changed.first_name is None


def test_an_administrator_sets_a_password(client, administrator):
    user = UserFactory()
    url = reverse("admin:auth_user_password_change", args=[user.pk])
    data = {
        "usable_password": "true",
        "password1": "a new passphrase",
        "password2": "a new passphrase",
    }
    assert client.post(url, data).status_code == 302
    user.refresh_from_db()
    assert user.check_password("a new passphrase")


def test_an_empty_form_shows_the_databases_defaults(client, administrator):
    form = client.get(page(UserPreferences, "add")).context["adminform"].form
    assert form["theme"].value() == "light"
    assert form["email_notifications"].value() is True
    assert form["marketing_emails"].value() is False


def test_an_administrator_adds_a_notification(client, administrator):
    user = UserFactory()
    data = {"user": user.pk, "type": "info", "title": "Hello"}
    assert client.post(page(UserNotification, "add"), data).status_code == 302
    assert user.notifications.get().title == "Hello"


def act(client, model, action, *rows):
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(page(model, "changelist"), data, follow=True)


def test_users_are_deleted_softly_and_restored(client, administrator):
    user = UserFactory()
    response = act(client, User, "soft_delete", user, administrator)
    assert "1 deleted." in response.text
    assert list(User.objects.deleted()) == [user]
    assert "1 restored." in act(client, User, "restore", user).text
    assert user in User.objects.active()


def test_users_are_never_deleted_for_good(client, administrator):
    user = UserFactory()
    assert client.post(page(User, "delete", user.pk), {"post": "yes"}).status_code == 403
    act(client, User, "delete_selected", user)
    assert User.objects.filter(pk=user.pk).exists()


def test_a_locked_user_is_let_in_again(client, administrator):
    user = UserFactory(locked_until=timezone.now() + timedelta(minutes=5))
    assert "1 unlocked." in act(client, User, "unlock", user).text
    user.refresh_from_db()
    assert not user.is_locked


def test_sessions_are_revoked(client, administrator):
    session = SessionFactory()
    assert "1 revoked." in act(client, Session, "revoke", session).text
    assert "0 revoked." in act(client, Session, "revoke", session).text
    session.refresh_from_db()
    assert (session.is_active, session.is_revoked) == (False, True)


def test_notifications_are_marked_as_read(client, administrator):
    act(client, UserNotification, "mark_read", UserNotificationFactory())
    assert not UserNotification.objects.unread().exists()


@pytest.mark.parametrize("model", [User, Session, UserNotification])
def test_moderators_are_offered_no_actions(client, moderator, rows, model):
    assert client.get(page(model, "changelist")).context["action_form"] is None


def test_moderators_cannot_act_on_their_own(client, moderator, rows):
    act(client, User, "soft_delete", rows[User])
    act(client, Session, "revoke", rows[Session])
    assert not User.objects.deleted().exists()
    assert Session.objects.get().is_active


@pytest.mark.parametrize(
    ("role", "granted"),
    [
        ("admin", {"auth.view_group", "auth.change_group", "authservice.delete_user"}),
        ("moderator", {"auth.view_group"}),
        ("user", set()),
    ],
)
def test_permissions_follow_the_role(role, granted):
    user = UserFactory(role=role)
    asked = ["auth.view_group", "auth.change_group", "authservice.delete_user"]
    assert {perm for perm in asked if user.has_perm(perm)} == granted
    assert user.has_perms(asked) is (role == "admin")
    assert user.has_module_perms("auth") is (role != "user")
    assert RoleBackend().get_all_permissions(user) & set(asked) == granted


@pytest.mark.parametrize(
    "user",
    [AnonymousUser(), User(role="admin", is_active=False), User(role="admin", deleted_at=1)],
    ids=["anonymous", "deactivated", "deleted"],
)
def test_nobody_else_is_granted_anything(user):
    assert not RoleBackend().has_perm(user, "auth.view_group")
    assert not RoleBackend().has_module_perms(user, "auth")


def test_the_backend_needs_a_name_and_a_password():
    assert RoleBackend().authenticate(None, username="ann") is None
    assert RoleBackend().authenticate(None, password="secret") is None
    assert not LoginAttempt.objects.exists()


def test_the_backend_takes_the_name_as_email_too():
    user = UserFactory()
    assert RoleBackend().authenticate(None, email=user.email, password=PASSWORD) == user
