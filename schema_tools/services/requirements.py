"""Django's own migrations that a file asks for with ``Requires:``, run in a scratch database."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.db.migrations.exceptions import NodeNotFoundError
from django.db.migrations.executor import MigrationExecutor

from schema_tools.django_models.collect import alias_at, prepare_database
from schema_tools.findings import Finding, Location, Severity
from schema_tools.history.header import header_line, listed
from schema_tools.history.migration import Migration
from schema_tools.keys import Key
from schema_tools.postgres.introspect import read_schema
from schema_tools.postgres.replay import Connection
from schema_tools.postgres.scratch import ScratchDatabase
from schema_tools.schema.objects import Schema
from schema_tools.services.django_graph import node_of


@dataclass(slots=True)
class Requirements:
    """Brings a scratch database to where a file expects it, and remembers what Django made.

    What Django's migrations make is not the files': ``files_only`` takes it out of a schema.
    """

    alias: str
    database: ScratchDatabase
    connection: Connection
    schemas: tuple[str, ...]
    made: set[Key] = field(default_factory=set)

    def meet(self, migration: Migration) -> Finding | None:
        """Run the Django migrations that a file requires; return what stood in the way."""
        names = listed(migration.header, "Requires")
        if not names:
            return None
        try:
            # What Django's backend makes is no table of Django's: files may make it, too.
            prepare_database(self.alias, self.database.params)
            before = read_schema(self.connection, self.schemas)
            with alias_at(self.alias, self.database.owner_params) as wrapper:
                executor = MigrationExecutor(wrapper)
                executor.migrate([node_of(executor.loader, name) for name in names])
        except (DatabaseError, ImproperlyConfigured, KeyError, NodeNotFoundError) as error:
            return Finding(
                "file.requires",
                Severity.CRITICAL,
                f"the Django migrations that {migration.path} requires cannot be run before it: "
                f"{error}",
                hint="Name an existing migration as app_label.0001_name; what it needs must come "
                "from files before this one.",
                locations=(Location(migration.path, header_line(migration.text, "Requires")),),
            )
        after = read_schema(self.connection, self.schemas)
        self.made |= after.objects.keys() - before.objects.keys()
        return None

    def files_only(self, schema: Schema) -> Schema:
        """Return the schema without what Django's migrations made."""
        return schema.replaced(dict.fromkeys(self.made)) if self.made else schema
