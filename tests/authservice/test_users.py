"""Users as the repositories of the service see them: found, deleted, restored, locked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import Count, Func, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.module_loading import import_string

from authservice.models import User, UserNotification, UserRole
from tests.authservice.factories import SessionFactory, UserFactory, UserNotificationFactory

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_a_new_user_gets_what_the_database_has_for_defaults():
    user = User.objects.create_user("Ann@Example.COM", "ann", "secret")
    assert user.pk is not None
    assert (user.email, user.role, user.language) == ("ann@example.com", UserRole.USER, "en")
    assert (user.is_active, user.email_verified, user.failed_login_attempts) == (True, False, 0)
    assert timezone.now() - user.created_at < timedelta(minutes=1)


def test_a_password_is_stored_hashed_in_the_column_password_hash():
    user = User.objects.create_user("ann@example.com", "ann", "secret")
    [row] = User.objects.raw("SELECT id, password_hash AS stored FROM users")
    assert row.stored == user.password != "secret"
    assert user.check_password("secret")


def test_a_superuser_is_an_administrator():
    user = User.objects.create_superuser("root@example.com", "root", "secret")
    assert (user.role, user.is_staff, user.is_superuser) == (UserRole.ADMIN, True, True)


@pytest.mark.parametrize("name", ["ann@example.com", "ANN@example.com", "ann"])
def test_a_user_is_found_by_address_in_any_case_or_by_username(name):
    user = UserFactory(username="ann")
    UserFactory()
    assert list(User.objects.named(name)) == [user]


def test_usernames_differ_in_case():
    UserFactory(username="ann")
    assert not User.objects.named("Ann").exists()


@pytest.mark.parametrize("field", ["email", "username"])
def test_names_are_unique(field):
    user = UserFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(**{field: getattr(user, field)})


@pytest.mark.parametrize("username", ["ann@example.com", "ann ann", "", "a" * 101])
def test_a_username_that_could_be_mistaken_is_refused(username):
    with pytest.raises(ValidationError) as caught:
        UserFactory.build(username=username, email="ann@example.com").full_clean()
    assert set(caught.value.message_dict) == {"username"}


def test_active_leaves_out_the_deactivated_and_the_deleted():
    user = UserFactory()
    UserFactory(is_active=False)
    UserFactory(deleted_at=timezone.now())
    assert list(User.objects.active()) == [user]
    assert User.objects.count() == 3


def test_soft_deletion_keeps_the_row_and_revokes_the_sessions():
    session = SessionFactory()
    other = SessionFactory()
    assert User.objects.filter(pk=session.user.pk).soft_delete() == 1
    session.refresh_from_db()
    other.refresh_from_db()
    assert list(User.objects.deleted()) == [session.user]
    assert (session.is_active, session.is_revoked) == (False, True)
    assert (other.is_active, other.is_revoked) == (True, False)


def test_soft_deletion_happens_once():
    user = UserFactory()
    User.objects.soft_delete()
    user.refresh_from_db()
    assert User.objects.soft_delete() == 0
    assert User.objects.get().deleted_at == user.deleted_at
    assert user.is_deleted


def test_restoring_brings_back_deleted_users_only():
    UserFactory(is_active=False)
    deleted = UserFactory(deleted_at=timezone.now(), is_active=False)
    assert User.objects.restore() == 1
    assert list(User.objects.active()) == [deleted]


@pytest.mark.parametrize(("minutes", "locked"), [(1, True), (-1, False), (None, False)])
def test_a_lock_holds_until_its_time(minutes, locked):
    until = minutes and timezone.now() + timedelta(minutes=minutes)
    user = UserFactory(locked_until=until)
    assert user.is_locked is locked
    assert User.objects.locked().exists() is locked


def test_unlocking_forgets_the_failures():
    UserFactory(failed_login_attempts=5, locked_until=timezone.now() + timedelta(minutes=5))
    assert User.objects.unlock() == 1
    user = User.objects.get()
    assert (user.failed_login_attempts, user.locked_until) == (0, None)


def test_notifications_are_read_once_and_expire():
    note = UserNotificationFactory()
    old = UserNotificationFactory(expires_at=timezone.now() - timedelta(days=1))
    assert list(UserNotification.objects.current().unread()) == [note]
    assert UserNotification.objects.filter(pk=note.pk).mark_read() == 1
    assert UserNotification.objects.mark_read() == 1
    note.refresh_from_db()
    assert (note.is_read, note.read_at is not None) == (True, True)
    assert list(UserNotification.objects.current()) == [note]
    assert old not in UserNotification.objects.current()


@pytest.mark.parametrize("type_", ["info", "system"])
def test_the_database_knows_the_types_of_notifications(type_):
    assert UserNotificationFactory(type=type_).type == type_
    with (
        pytest.raises(IntegrityError, match="user_notifications_type_check"),
        transaction.atomic(),
    ):
        UserNotificationFactory(type="gossip")


def test_a_second_factor_is_confirmed_only_with_a_secret():
    with pytest.raises(IntegrityError, match="users_two_factor_confirmed_check"):
        UserFactory(two_factor_confirmed_at=timezone.now())


def test_the_role_is_of_the_enum_type_in_the_database():
    UserFactory(role=UserRole.MODERATOR)
    stored = User.objects.annotate(
        again=Cast(Cast("role", TextField()), User._meta.get_field("role")),
        type=Func("again", function="pg_typeof", output_field=TextField()),
    ).get()
    assert (stored.again, str(stored.type)) == ("moderator", "user_role")
    with pytest.raises(DataError, match="user_role"):
        UserFactory(role="emperor")


def test_users_are_found_and_counted_by_role():
    UserFactory.create_batch(2)
    UserFactory(role=UserRole.ADMIN)
    roles = User.objects.values_list("role").annotate(number=Count("pk")).order_by("role")
    assert list(roles) == [("user", 2), ("admin", 1)]
    assert User.objects.filter(role__in=[UserRole.ADMIN, UserRole.MODERATOR]).count() == 1
    assert User.objects.filter(role__icontains="ADM").count() == 1


def test_the_field_of_an_enum_type_can_be_rebuilt():
    field = User._meta.get_field("role")
    _, path, args, kwargs = field.deconstruct()
    again = import_string(path)(*args, **kwargs)
    assert again.enum_name == "user_role"
    assert again.deconstruct()[1:] == (path, args, kwargs)
