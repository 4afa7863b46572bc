"""The JSON endpoints, as a client sees them."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from authservice import two_factor
from authservice.models import Session, User, UserActivity
from tests.authservice.factories import PASSWORD, SessionFactory, UserFactory

pytestmark = [pytest.mark.db, pytest.mark.django_db]

REGISTRATION = {"email": "Ann@Example.com", "username": "ann", "password": PASSWORD}


@pytest.fixture
def post(client):
    def send(path, body=None, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return client.post(path, body or {}, content_type="application/json", headers=headers)

    return send


@pytest.fixture
def me(client):
    def send(token):
        return client.get("/auth/me", headers={"Authorization": f"Bearer {token}"})

    return send


@pytest.fixture
def registered(post):
    return post("/auth/register", REGISTRATION).json()


def test_registration_creates_an_ordinary_user_who_is_logged_in(registered, me):
    user = User.objects.get()
    assert registered["user"] == {
        "id": str(user.pk),
        "email": "ann@example.com",
        "username": "ann",
        "role": "user",
        "email_verified": False,
        "two_factor_enabled": False,
    }
    assert me(registered["access_token"]).json() == registered["user"]


def test_registration_brings_default_preferences(registered):
    user = User.objects.get()
    assert (user.preferences.theme, user.preferences.marketing_emails) == ("light", False)
    assert user.notification_preferences.get().notification_frequency == "immediate"


def test_nobody_registers_as_an_administrator(post):
    post("/auth/register", {**REGISTRATION, "role": "admin", "is_superuser": True})
    assert User.objects.get().role == "user"


@pytest.mark.parametrize(
    "change",
    [
        {"email": "no address"},
        {"email": "x" * 250 + "@example.com"},
        {"username": "ann@example.com"},
        {"username": ""},
        {"password": "short"},
        {"password": "ann@example.com"},
        {"password": 12345678901},
        {"username": None},
        {"username": "a\0b"},
        {"password": PASSWORD + "\ud800"},
    ],
)
def test_registration_refuses_what_cannot_be_used(post, change):
    response = post("/auth/register", {**REGISTRATION, **change})
    assert (response.status_code, response.json()["error"]) == (400, "invalid")
    assert not User.objects.exists()


@pytest.mark.parametrize("change", [{"email": "b@example.com"}, {"username": "bob"}])
def test_registration_refuses_a_name_that_is_taken(registered, post, change):
    assert post("/auth/register", {**REGISTRATION, **change}).status_code == 400
    assert User.objects.count() == 1


def test_registration_that_loses_a_race_is_refused(registered, post, monkeypatch):
    monkeypatch.setattr(User, "full_clean", lambda user: None)
    response = post("/auth/register", {**REGISTRATION, "email": "b@example.com"})
    assert (response.status_code, response.json()["error"]) == (409, "taken")
    assert User.objects.count() == 1


@pytest.mark.parametrize("name", ["ann", "Ann@example.com"])
def test_login_opens_a_session(registered, post, me, name):
    response = post("/auth/login", {"login": name, "password": PASSWORD})
    assert response.status_code == 200
    assert me(response.json()["access_token"]).status_code == 200
    assert Session.objects.active().count() == 2


def test_login_with_a_wrong_password_is_unauthorized(registered, post):
    response = post("/auth/login", {"login": "ann", "password": "wrong"})
    assert (response.status_code, response.json()["error"]) == (401, "login_failed")


def test_login_asks_for_the_second_factor(registered, post, monkeypatch):
    token = registered["access_token"]
    uri = post("/auth/two-factor", token=token).json()["uri"]
    secret = User.objects.get().two_factor_secret
    assert secret in uri
    step = int(time.time()) // two_factor.STEP_SECONDS
    code = two_factor.password_at(secret, step)
    confirmed = post("/auth/two-factor/confirm", {"code": code}, token)
    assert confirmed.status_code == 200

    credentials = {"login": "ann", "password": PASSWORD}
    assert post("/auth/login", credentials).json()["error"] == "code_required"
    recovery_code = confirmed.json()["recovery_codes"][0]
    response = post("/auth/login", {**credentials, "code": recovery_code})
    assert response.json()["user"]["two_factor_enabled"] is True


def test_the_database_holds_hashes_of_tokens_only(registered):
    session = Session.objects.get()
    stored = {session.refresh_token, session.access_token_hash}
    assert not stored & {registered["access_token"], registered["refresh_token"]}
    assert {len(value) for value in stored} == {64}


def test_refresh_replaces_both_tokens(registered, post, me):
    response = post("/auth/refresh", {"refresh_token": registered["refresh_token"]})
    assert response.status_code == 200
    assert me(response.json()["access_token"]).status_code == 200
    assert me(registered["access_token"]).status_code == 401
    again = post("/auth/refresh", {"refresh_token": registered["refresh_token"]})
    assert (again.status_code, again.json()["error"]) == (401, "bad_token")


def test_logout_ends_this_session_and_no_other(registered, post, me):
    other = post("/auth/login", {"login": "ann", "password": PASSWORD}).json()
    assert post("/auth/logout", token=registered["access_token"]).status_code == 200
    assert me(registered["access_token"]).status_code == 401
    assert post("/auth/refresh", {"refresh_token": registered["refresh_token"]}).status_code == 401
    assert me(other["access_token"]).status_code == 200
    assert Session.objects.filter(is_revoked=True).count() == 0


def test_what_a_user_does_is_in_the_audit_trail(registered, post):
    token = post("/auth/login", {"login": "ann", "password": PASSWORD}).json()["access_token"]
    post("/auth/logout", token=token)
    actions = UserActivity.objects.order_by("created_at", "id").values_list("action", flat=True)
    assert sorted(actions) == ["login", "logout", "register"]
    assert set(UserActivity.objects.values_list("ip_address", flat=True)) == {"127.0.0.1"}


@pytest.mark.parametrize(
    "end",
    [
        lambda: Session.objects.revoke(),
        lambda: Session.objects.update(expires_at=timezone.now()),
        lambda: User.objects.soft_delete(),
        lambda: User.objects.update(is_active=False),
    ],
    ids=["revoked", "expired", "user deleted", "user deactivated"],
)
def test_a_session_that_is_over_lets_nobody_in(registered, post, me, end):
    end()
    assert me(registered["access_token"]).status_code == 401
    assert post("/auth/refresh", {"refresh_token": registered["refresh_token"]}).status_code == 401


def test_an_access_token_expires(registered, me, settings):
    settings.AUTH_ACCESS_TOKEN_LIFETIME = timedelta(seconds=-1)
    assert me(registered["access_token"]).status_code == 401


def test_an_access_token_that_was_tampered_with_is_refused(registered, me):
    token = registered["access_token"]
    other = str(SessionFactory().pk)
    assert me(other + token[len(other) :]).status_code == 401
    assert me(token[:-1]).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer é"])
def test_no_token_no_answer(client, header):
    assert client.get("/auth/me", headers={"Authorization": header}).status_code == 401


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"text"', b"\xff", "[" * 9999])
def test_a_body_that_is_no_json_object_is_refused(client, body):
    response = client.post("/auth/login", body, content_type="application/json")
    assert (response.status_code, response.json()["error"]) == (400, "not_json")


@pytest.mark.parametrize("path", ["register", "login", "refresh", "logout", "two-factor"])
def test_get_changes_nothing(client, path):
    assert client.get(f"/auth/{path}").status_code == 405


def test_answers_are_not_to_be_cached(registered, me):
    assert "no-store" in me(registered["access_token"])["Cache-Control"]


def test_other_sites_cookies_do_not_log_anybody_in(client):
    client.force_login(UserFactory(role="admin"))
    assert client.get("/auth/me").status_code == 401


def test_expired_sessions_are_told_from_active_ones():
    active = SessionFactory()
    over = SessionFactory(expires_at=timezone.now() - timedelta(seconds=1))
    assert list(Session.objects.active()) == [active]
    assert list(Session.objects.expired()) == [over]
