"""Print the tables of each model of the zoo as JSON, those of its automatic relations included."""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.core.management import BaseCommand

from schema_tools.django_models.collect import models_for
from schema_tools.django_models.facts import table_of, with_automatic


class Command(BaseCommand):
    help = "Print the tables of each model as JSON: {name: [[schema, table], ...]}."
    requires_system_checks: list[str] = []  # noqa: RUF012  it is so in Django's class

    def handle(self, *_args: Any, **_options: Any) -> None:
        stored = set(models_for("default"))
        tables = {
            model.__name__: [
                [key.schema, key.name]
                for each in (with_automatic([model]) if model in stored else ())
                for key in [table_of(each, "public")]
            ]
            for model in apps.get_app_config("zoo").get_models(include_swapped=True)
        }
        self.stdout.write(json.dumps(tables))
