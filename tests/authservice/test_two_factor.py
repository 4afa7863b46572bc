"""The second factor: enrolment, one-time passwords, recovery codes."""

from __future__ import annotations

import base64
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from authservice import login, two_factor
from authservice.errors import BadInput, NotAuthenticated
from authservice.models import User, UserPreferences
from tests.authservice.factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.db, pytest.mark.django_db]

NOW = 1_800_000_000
STEP = NOW // two_factor.STEP_SECONDS


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A clock that stands at NOW and is moved by calling it."""

    def move(seconds):
        monkeypatch.setattr(time, "time", lambda: NOW + seconds)

    move(0)
    return move


@pytest.fixture
def user():
    return UserFactory(username="ann", email="ann+mail@example.com")


@pytest.fixture
def secret(user):
    [secret] = parse_qs(urlsplit(two_factor.enrol(user)).query)["secret"]
    return secret


@pytest.fixture
def recovery_codes(user, secret):
    return two_factor.confirm(user, two_factor.password_at(secret, STEP - 1))


@pytest.mark.parametrize(
    ("seconds", "password"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_passwords_are_those_of_the_rfc(seconds, password):
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert two_factor.password_at(secret, seconds // 30) == password


def test_enrolment_gives_an_address_that_authenticators_read(user):
    uri = urlsplit(two_factor.enrol(user))
    user.refresh_from_db()
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert uri.path == "/authservice:ann%2Bmail%40example.com"
    assert parse_qs(uri.query) == {"secret": [user.two_factor_secret], "issuer": ["authservice"]}


def test_enrolment_alone_asks_for_no_code(user, secret):
    assert login.log_in("ann", PASSWORD) == user


def test_confirmation_enables_it_and_says_so_in_the_preferences(user, recovery_codes):
    user.refresh_from_db()
    assert two_factor.is_enabled(user)
    assert UserPreferences.objects.get(user=user).two_factor_enabled
    assert len(set(recovery_codes)) == 10


def test_a_wrong_code_confirms_nothing(user, secret):
    with pytest.raises(BadInput, match="wrong"):
        two_factor.confirm(user, "000000")
    user.refresh_from_db()
    assert not two_factor.is_enabled(user)


def test_without_a_secret_there_is_nothing_to_confirm(user):
    with pytest.raises(BadInput, match="wrong"):
        two_factor.confirm(user, "")


def test_nobody_can_replace_the_secret_of_an_enabled_factor(user, secret, recovery_codes):
    with pytest.raises(BadInput, match="already"):
        two_factor.enrol(user)
    with pytest.raises(BadInput, match="already"):
        two_factor.confirm(user, two_factor.password_at(secret, STEP))


def test_an_enabled_factor_asks_for_the_code_without_counting_a_failure(user, recovery_codes):
    with pytest.raises(NotAuthenticated) as caught:
        login.log_in("ann", PASSWORD)
    user.refresh_from_db()
    assert (caught.value.code, user.failed_login_attempts) == ("code_required", 0)


def test_a_wrong_password_does_not_tell_that_there_is_a_second_factor(user, recovery_codes):
    with pytest.raises(NotAuthenticated) as caught:
        login.log_in("ann", "wrong")
    assert caught.value.code == "login_failed"


@pytest.mark.parametrize(("away", "good"), [(-2, False), (0, True), (1, True), (2, False)])
def test_a_code_is_good_for_its_half_minute_and_the_next(user, secret, recovery_codes, away, good):
    user.refresh_from_db()
    assert two_factor.accept(user, two_factor.password_at(secret, STEP + away)) is good


def test_a_code_just_past_is_good_while_it_is_unused(user, secret, recovery_codes, clock):
    code = two_factor.password_at(secret, STEP)
    clock(two_factor.STEP_SECONDS)
    assert login.log_in("ann", PASSWORD, code=code) == user


def test_no_code_is_good_twice(user, secret, recovery_codes):
    code = two_factor.password_at(secret, STEP)
    assert login.log_in("ann", PASSWORD, code=code) == user
    with pytest.raises(NotAuthenticated):
        login.log_in("ann", PASSWORD, code=code)


def test_a_recovery_code_is_good_once_however_it_is_typed(user, recovery_codes):
    code = recovery_codes[3]
    assert login.log_in("ann", PASSWORD, code=f" {code.upper()} ") == user
    with pytest.raises(NotAuthenticated):
        login.log_in("ann", PASSWORD, code=code)
    assert user.recovery_codes.unused().count() == 9


def test_recovery_codes_are_stored_as_hashes_only(user, recovery_codes):
    stored = set(user.recovery_codes.values_list("code_hash", flat=True))
    assert not stored & set(recovery_codes)
    assert {len(code_hash) for code_hash in stored} == {64}


def test_the_recovery_code_of_another_user_is_no_good(recovery_codes):
    other = UserFactory()
    assert not two_factor.accept(other, recovery_codes[0])


@pytest.mark.parametrize("code", ["000000", "é", "1" * 500])
def test_wrong_codes_lock_out_like_wrong_passwords(user, recovery_codes, code):
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            login.log_in("ann", PASSWORD, code=code)
    assert User.objects.get().is_locked
