"""Run SQL on the database, as somebody does by hand."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand, CommandParser
from django.db import connection


class Command(BaseCommand):
    help = "Run SQL on the database of the alias default."
    requires_system_checks: list[str] = []  # noqa: RUF012  it is so in Django's class

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text")

    def handle(self, *_args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(options["text"])
