"""The settings: a fresh clone works, production refuses to start half-configured."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.process
OURS = {
    "ALLOWED_HOSTS",
    "BEHIND_TLS_PROXY",
    "DATABASE_URL",
    "DEBUG",
    "DJANGO_SETTINGS_MODULE",
    "SECRET_KEY",
    "SECURE_SSL_REDIRECT",
}
PRODUCTION = {
    "SECRET_KEY": "correct-horse-battery-staple-and-then-some-more-of-it-0123456789",
    "ALLOWED_HOSTS": "auth.example.com, www.example.com",
    "DATABASE_URL": "postgres://auth:secret@db.example.com/auth_db",
}


def run(*arguments, **environment):
    """Run Python in the project's folder with nothing of ours in the environment but this."""
    inherited = {key: value for key, value in os.environ.items() if key not in OURS}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def value_of(expression, **environment):
    code = f"from authservice import settings; print({expression})"
    result = run("-c", code, **environment)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_check_finds_nothing_on_a_fresh_clone():
    result = run("manage.py", "check")
    assert (result.returncode, result.stdout) == (
        0,
        "System check identified no issues (0 silenced).\n",
    )


def test_check_deploy_is_clean_with_production_settings():
    result = run("-W", "error", "manage.py", "check", "--deploy", **PRODUCTION)
    assert "System check identified no issues (0 silenced)." in result.stdout, result.stderr


def test_check_deploy_complains_without_them():
    result = run("manage.py", "check", "--deploy")
    assert "security.W009" in result.stderr  # no secret key
    assert "security.W020" in result.stderr  # no allowed hosts


@pytest.mark.parametrize("module", ["wsgi", "asgi"])
def test_a_server_does_not_start_without_a_secret_key(module):
    result = run("-c", f"import authservice.{module}")
    assert result.returncode != 0
    assert "ImproperlyConfigured" in result.stderr
    assert "SECRET_KEY" in result.stderr


@pytest.mark.parametrize("module", ["wsgi", "asgi"])
def test_a_server_starts_with_production_settings(module):
    result = run("-c", f"from authservice.{module} import application", **PRODUCTION)
    assert (result.returncode, result.stderr) == (0, "")


def test_nothing_is_debugged_unless_asked_for():
    assert value_of("settings.DEBUG") == "False"
    assert value_of("settings.DEBUG", DEBUG="1") == "True"
    assert value_of("settings.DEBUG", DEBUG="0") == "False"


def test_a_developers_key_is_made_at_every_start():
    assert value_of("settings.SECRET_KEY") == ""
    first, second = (value_of("settings.SECRET_KEY", DEBUG="1") for _ in range(2))
    assert len(first) >= 50
    assert first != second


def test_development_tools_are_installed_for_developers_only():
    assert value_of("'django_extensions' in settings.INSTALLED_APPS", DEBUG="1") == "True"
    assert value_of("'django_extensions' in settings.INSTALLED_APPS") == "False"


def test_hosts_come_from_the_environment():
    assert value_of("settings.ALLOWED_HOSTS", **PRODUCTION) == (
        "['auth.example.com', 'www.example.com']"
    )


def test_a_url_chooses_the_server():
    expression = "settings.DATABASES['default']['ENGINE'], settings.DATABASES['default']['NAME']"
    assert value_of(expression) == "schema_tools.postgres.backend auth_db"
    assert value_of(expression, **PRODUCTION) == "django.db.backends.postgresql auth_db"


def test_the_service_has_no_migrations_of_djangos():
    result = run("manage.py", "makemigrations", "--check", "--dry-run", **PRODUCTION)
    assert (result.returncode, result.stdout) == (0, "No changes detected\n")


def test_a_proxys_word_on_https_is_taken_only_when_told_so():
    expression = "getattr(settings, 'SECURE_PROXY_SSL_HEADER', None)"
    assert value_of(expression) == "None"
    assert value_of(expression, BEHIND_TLS_PROXY="1") == "('HTTP_X_FORWARDED_PROTO', 'https')"
