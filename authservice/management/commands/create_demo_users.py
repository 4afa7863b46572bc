"""Create one user of each role, to look around with on a developer's machine."""

from __future__ import annotations

import os
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from authservice.models import User, UserRole


class Command(BaseCommand):
    """Create or refresh the demo users."""

    help = (
        "Create admin@example.com, moderator@example.com and user@example.com. Their password is "
        "DEMO_PASSWORD from the environment, or else a new random one, which is printed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the users that are missing; give all of them the password."""
        if not settings.DEBUG:
            raise CommandError("Demo users are for development only: set DEBUG=1.")
        given = os.environ.get("DEMO_PASSWORD")
        password = given or secrets.token_urlsafe(9)
        for role in UserRole:
            email = f"{role.value}@example.com"
            user, _ = User.objects.get_or_create(
                email=email, defaults={"username": role.value, "email_verified": True}
            )
            user.role = role
            user.set_password(password)
            user.save(update_fields=["role", "password"])
        names = ", ".join(f"{role.value}@example.com" for role in UserRole)
        shown = "the one in DEMO_PASSWORD" if given else password
        self.stdout.write(f"Demo users: {names}\nPassword:   {shown}")
