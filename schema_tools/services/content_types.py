"""Content types and permissions of the models whose tables the SQL files create."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig, apps
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from schema_tools.findings import Finding, Severity
from schema_tools.history.command import command


def create_content_types(alias: str, labels: Sequence[str]) -> tuple[Finding, ...]:
    """Create what Django's migrate would, where its tables are there; say so where it fails.

    The files are applied by now: a failure here is a warning, and ``migrate`` mends it later. No
    other receiver of post_migrate is called.
    """
    if not labels or not apps.is_installed("django.contrib.contenttypes"):
        return ()
    connection = connections[alias]
    try:
        with connection.cursor() as cursor:
            tables = set(connection.introspection.table_names(cursor))
        for label in labels:
            _create(apps.get_app_config(label), connection, tables)
    except (DatabaseError, LookupError) as error:
        return (
            Finding(
                "django.content_types",
                Severity.WARNING,
                f"content types and permissions were not created: {str(error).strip()}",
                hint=f"Once the reason is gone, {command('migrate', alias=alias)} creates them.",
            ),
        )
    finally:
        connection.close_if_unusable_or_obsolete()
    return ()


def _create(config: AppConfig, connection: BaseDatabaseWrapper, tables: set[str]) -> None:
    from django.contrib.contenttypes.management import create_contenttypes

    if "django_content_type" not in tables:
        return
    create_contenttypes(config, verbosity=0, interactive=False, using=connection.alias)
    if apps.is_installed("django.contrib.auth") and "auth_permission" in tables:
        from django.contrib.auth.management import create_permissions

        create_permissions(config, verbosity=0, interactive=False, using=connection.alias)
