"""System checks with stable ids; none of them asks a database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from typing import Any

from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Warning, register

from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError

OWN_DISTRIBUTION = "django-schema-tools"


@register("schema_tools")
def check_settings(**_more: Any) -> list[CheckMessage]:
    """Report what cannot be used in SCHEMA_TOOLS, each mistake once (schema_tools.E001)."""
    found: dict[str, str] = {}
    for alias in django_settings.DATABASES:
        try:
            get_settings(alias)
        except ConfigurationError as error:
            found[str(error)] = error.hint
    return [
        Error(f"{message}.", hint=hint or None, id="schema_tools.E001")
        for message, hint in found.items()
    ]


@register("schema_tools")
def check_import_name(**_more: Any) -> list[CheckMessage]:
    """Report other distributions that install a ``schema_tools``, too (schema_tools.W001)."""
    return [
        Warning(
            f"The distribution {name!r} installs a package schema_tools, too: its files and those "
            f"of {OWN_DISTRIBUTION} are mixed up in one folder.",
            hint=f"Run: pip uninstall {name}, then: pip install --force-reinstall --no-deps "
            f"{OWN_DISTRIBUTION}",
            id="schema_tools.W001",
        )
        for name in sorted(set(_others()))
    ]


def _others() -> Iterator[str]:
    for distribution in metadata.distributions():
        if not _installs_our_name(distribution):
            continue
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
        if name != OWN_DISTRIBUTION:
            yield name


def _installs_our_name(distribution: metadata.Distribution) -> bool:
    """Search the raw list of files: to parse those of all distributions takes half a second."""
    names = (distribution.read_text("top_level.txt") or "").split()
    record = distribution.read_text("RECORD") or ""
    return "schema_tools" in names or "\nschema_tools/" in f"\n{record}"
