"""Settings of the sample service: what differs between machines is an environment variable.

Nothing needs to be set for management commands on a fresh clone. DEBUG=1 is for a developer's
machine. Production sets SECRET_KEY, ALLOWED_HOSTS and DATABASE_URL; without a SECRET_KEY the
server refuses to start (see wsgi.py), while commands that sign nothing still run.
"""

from __future__ import annotations

import importlib.util
import os
from datetime import timedelta
from pathlib import Path

import dj_database_url
from django.core.management.utils import get_random_secret_key


def flag(name: str, default: bool = False) -> bool:
    """Return whether the environment variable is switched on: 1, true, yes or on."""
    return os.environ.get(name, str(int(default))).strip().lower() in {"1", "true", "yes", "on"}


def words(name: str) -> list[str]:
    """Return the parts of an environment variable that commas separate."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = flag("DEBUG")
# A developer's key lasts until the next start. Empty, it makes Django raise ImproperlyConfigured
# for whoever wants to sign something.
SECRET_KEY = os.environ.get("SECRET_KEY") or (get_random_secret_key() if DEBUG else "")
ALLOWED_HOSTS = words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",  # Django 6 asks for it where a model has a GIN index
    "django.contrib.staticfiles",
    "schema_tools",
    "authservice",
]
if DEBUG and importlib.util.find_spec("django_extensions"):
    INSTALLED_APPS.append("django_extensions")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "authservice.urls"
WSGI_APPLICATION = "authservice.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# A real server where DATABASE_URL names one, else the PostgreSQL that comes from a wheel.
DATABASE_URL = os.environ.get("DATABASE_URL")
DATABASES = {
    "default": (
        dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)
        if DATABASE_URL
        else {
            "ENGINE": "schema_tools.postgres.backend",
            "NAME": "auth_db",
            "EMBEDDED": {"HOME": BASE_DIR / ".embedded"},
        }
    ),
}
# What one process remembers (the last validation of the schema), others show: a command and the
# servers' workers share this folder without any service. Django's file cache unpickles what it
# reads, so whoever may write here acts as the service; Django makes the folder for its owner
# alone, outside of what is served. A database cache would need a table that no SQL file makes.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": os.environ.get("CACHE_DIR") or BASE_DIR / ".cache",
    },
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SCHEMA_TOOLS = {
    "MIGRATIONS_DIR": BASE_DIR / "migrations_sql",
    "ENVIRONMENT": "development" if DEBUG else "production",
}

AUTH_USER_MODEL = "authservice.User"
AUTHENTICATION_BACKENDS = ["authservice.backends.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# How the service itself behaves.
AUTH_LOCKOUT_FAILURES = 5
AUTH_LOCKOUT_TIME = timedelta(minutes=15)
AUTH_ACCESS_TOKEN_LIFETIME = timedelta(minutes=15)
AUTH_SESSION_LIFETIME = timedelta(days=30)

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = os.environ.get("STATIC_ROOT")

SESSION_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_SECURE = not DEBUG
SECURE_SSL_REDIRECT = flag("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_REDIRECT_EXEMPT = [r"^health/schema/?$"]  # load balancers ask without TLS; no secret in it
SECURE_HSTS_SECONDS = 0 if DEBUG else int(timedelta(days=365).total_seconds())
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_HSTS_PRELOAD = not DEBUG
if flag("BEHIND_TLS_PROXY"):  # only where the proxy sets or strips this header itself
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        **{
            name: {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")}
            for name in ("authservice", "schema_tools")
        },
        # For programs to read; the commands themselves tell people the same.
        "schema_tools.runner": {"level": "CRITICAL"},
    },
}
