"""The commands that make users."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from authservice import login
from authservice.models import User

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def create_demo_users():
    out = io.StringIO()
    call_command("create_demo_users", stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _development(settings, monkeypatch):
    settings.DEBUG = True
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)


def test_there_is_a_demo_user_of_each_role(monkeypatch):
    monkeypatch.setenv("DEMO_PASSWORD", "open sesame")
    assert "open sesame" not in create_demo_users()
    assert {user.email: user.role for user in User.objects.all()} == {
        "admin@example.com": "admin",
        "moderator@example.com": "moderator",
        "user@example.com": "user",
    }
    assert login.log_in("admin@example.com", "open sesame").is_superuser


def test_without_a_password_a_new_one_is_made_and_printed():
    first = create_demo_users().split()[-1]
    second = create_demo_users().split()[-1]
    assert first != second
    assert login.log_in("admin@example.com", second)
    assert User.objects.count() == 3


def test_demo_users_are_refused_in_production(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG=1"):
        create_demo_users()
    assert not User.objects.exists()


def test_createsuperuser_creates_an_administrator(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct horse battery staple")
    call_command(
        "createsuperuser",
        interactive=False,
        email="Root@Example.com",
        username="root",
        stdout=io.StringIO(),
    )
    assert login.log_in("root@example.com", "correct horse battery staple").is_superuser
