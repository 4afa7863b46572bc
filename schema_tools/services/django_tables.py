"""The tables that Django's own migrations make: no SQL file has to."""

from __future__ import annotations

from collections.abc import Mapping

from schema_tools.conf import get_settings
from schema_tools.django_models.collect import models_for
from schema_tools.django_models.facts import table_of, with_automatic
from schema_tools.keys import Key


def django_tables(alias: str, schema: str) -> Mapping[Key, str]:
    """Return the label of each table's app; ``schema`` is that of tables whose name has none."""
    own_apps = get_settings(alias).apps
    return {
        table_of(model, schema): model._meta.app_label
        for model in with_automatic(models_for(alias))
        if model._meta.app_label not in own_apps
    }
