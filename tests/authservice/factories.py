"""Users and what belongs to them, for tests."""

from __future__ import annotations

from datetime import timedelta

import factory
from django.utils import timezone

from authservice import models

PASSWORD = "correct horse battery staple"


class UserFactory(factory.django.DjangoModelFactory):
    """An ordinary user who can log in with PASSWORD."""

    class Meta:
        model = models.User

    username = factory.Sequence(lambda number: f"user{number}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = factory.django.Password(PASSWORD)
    role = models.UserRole.USER


class AdminFactory(UserFactory):
    """An administrator."""

    role = models.UserRole.ADMIN


class ModeratorFactory(UserFactory):
    """A moderator."""

    role = models.UserRole.MODERATOR


class SessionFactory(factory.django.DjangoModelFactory):
    """A session that is good for a day."""

    class Meta:
        model = models.Session

    user = factory.SubFactory(UserFactory)
    refresh_token = factory.Sequence(lambda number: f"{number:064x}")
    ip_address = "192.0.2.1"
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))


class UserNotificationFactory(factory.django.DjangoModelFactory):
    """An unread notification."""

    class Meta:
        model = models.UserNotification

    user = factory.SubFactory(UserFactory)
    type = "info"
    title = factory.Faker("sentence", nb_words=4)


class UserPreferencesFactory(factory.django.DjangoModelFactory):
    """The preferences of a new user."""

    class Meta:
        model = models.UserPreferences

    user = factory.SubFactory(UserFactory)
