"""The service for an ASGI server."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authservice.settings")
_ = settings.SECRET_KEY  # raises ImproperlyConfigured where it is missing: now, not at a request

application = get_asgi_application()
