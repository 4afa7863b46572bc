"""The service for gunicorn, and the admin's style sheets, which no other server gives out here."""

from __future__ import annotations

from django.conf import settings
from whitenoise import WhiteNoise

from authservice.wsgi import application as service

application = WhiteNoise(service, root=settings.STATIC_ROOT, prefix=settings.STATIC_URL)
