"""Logging in: who gets in, who is kept out, and what is recorded."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from authservice import login
from authservice.client import Client
from authservice.errors import NotAuthenticated
from authservice.models import LoginAttempt, User
from tests.authservice.factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def user():
    return UserFactory(username="ann", email="ann@example.com")


def fail(name="ann", password="wrong", times=1):
    for _ in range(times):
        with pytest.raises(NotAuthenticated):
            login.log_in(name, password)


def reasons():
    return list(
        LoginAttempt.objects.order_by("attempted_at").values_list("failure_reason", flat=True)
    )


@pytest.mark.parametrize("name", ["ann", "ann@example.com", "Ann@Example.com"])
def test_the_right_password_lets_in(user, name):
    assert login.log_in(name, PASSWORD) == user


def test_a_success_is_recorded_with_address_and_program(user):
    login.log_in("ann@example.com", PASSWORD, client=Client("192.0.2.7", "curl/8"))
    attempt = LoginAttempt.objects.get()
    assert (attempt.user, attempt.success, attempt.failure_reason) == (user, True, None)
    assert (attempt.email, attempt.username) == ("ann@example.com", None)
    assert (attempt.ip_address, attempt.user_agent) == ("192.0.2.7", "curl/8")
    user.refresh_from_db()
    assert user.last_login_ip == "192.0.2.7"
    assert timezone.now() - user.last_login < timedelta(minutes=1)


def test_a_wrong_password_is_counted_and_recorded(user):
    fail(times=2)
    user.refresh_from_db()
    assert user.failed_login_attempts == 2
    assert reasons() == [login.WRONG_PASSWORD] * 2


def test_an_unknown_name_is_recorded_without_a_user():
    fail(name="nobody@example.com")
    attempt = LoginAttempt.objects.get()
    assert (attempt.user, attempt.failure_reason) == (None, login.UNKNOWN_USER)


def test_a_name_too_long_for_its_column_is_recorded_in_part():
    fail(name="x" * 1000)
    fail(name="@" * 1000)
    assert set(LoginAttempt.objects.values_list("username", "email")) == {
        ("x" * 100, None),
        (None, "@" * 255),
    }


def test_strangers_cannot_tell_an_unknown_name_from_a_wrong_password(user):
    def words(name):
        with pytest.raises(NotAuthenticated) as caught:
            login.log_in(name, "wrong")
        return caught.value.code, caught.value.message

    assert words("ann") == words("nobody")


def test_an_unknown_name_costs_a_hash_like_a_known_one(monkeypatch):
    hashed = []
    monkeypatch.setattr(User, "set_password", lambda user, password: hashed.append(password))
    fail(name="nobody")
    assert hashed == ["wrong"]


def test_the_fifth_failure_locks_out_for_fifteen_minutes(user, settings):
    fail(times=4)
    user.refresh_from_db()
    assert not user.is_locked
    fail()
    user.refresh_from_db()
    remaining = user.locked_until - timezone.now()
    assert timedelta(minutes=14) < remaining <= timedelta(minutes=15)


def test_the_right_password_does_not_open_a_locked_account(user):
    fail(times=5)
    fail(password=PASSWORD)
    assert reasons()[-1] == login.LOCKED


def test_attempts_on_a_locked_account_do_not_prolong_the_lock(user):
    fail(times=5)
    user.refresh_from_db()
    until = user.locked_until
    fail(times=3)
    user.refresh_from_db()
    assert (user.locked_until, user.failed_login_attempts) == (until, 5)


def test_after_the_lock_counting_starts_anew(user):
    fail(times=5)
    User.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
    fail()
    user.refresh_from_db()
    assert (user.failed_login_attempts, user.locked_until) == (1, None)


def test_a_success_resets_the_count(user):
    fail(times=4)
    login.log_in("ann", PASSWORD)
    fail(times=4)
    user.refresh_from_db()
    assert (user.failed_login_attempts, user.locked_until) == (4, None)


def test_rows_from_before_the_counter_had_a_value_are_counted_too(user):
    User.objects.update(failed_login_attempts=None)
    fail()
    user.refresh_from_db()
    assert user.failed_login_attempts == 1


@pytest.mark.parametrize("change", [{"is_active": False}, {"deleted_at": timezone.now()}])
def test_deactivated_and_deleted_users_stay_out(user, change):
    User.objects.update(**change)
    fail(password=PASSWORD)
    assert reasons() == [login.INACTIVE]


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_are_counted_one_after_the_other():
    UserFactory(username="ann")
    start = threading.Barrier(8)

    def guess():
        start.wait()
        try:
            fail()
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(reasons()) == {login.WRONG_PASSWORD: 5, login.LOCKED: 3}
    assert User.objects.get().failed_login_attempts == 5


@pytest.mark.parametrize(
    ("remote", "recorded"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", "0.0.0.0"),
        ("nonsense", "0.0.0.0"),
    ],
)
def test_the_address_is_one_that_inet_takes(rf, user, remote, recorded):
    client = Client.of(rf.get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR="198.51.100.9"))
    login.log_in("ann", PASSWORD, client=client)
    assert LoginAttempt.objects.get().ip_address == recorded
