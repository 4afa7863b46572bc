"""A database as the SQL files had it at a version, to test what the next file does to its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.state import StateApps

from schema_tools.conf import get_settings
from schema_tools.django_models.collect import alias_at
from schema_tools.errors import ConfigurationError
from schema_tools.history.directory import read_directory
from schema_tools.history.standing import State, status
from schema_tools.postgres.session import connection_params
from schema_tools.services.target import open_target
from schema_tools.testing.fill import fill, run_files
from schema_tools.testing.models_then import models_then
from schema_tools.testing.server import control, live_name, new_database

if TYPE_CHECKING:
    from factory.base import Factory

Model = TypeVar("Model")

_TO_COME = frozenset({State.PENDING, State.FAILED})


@dataclass(frozen=True, slots=True)
class PastDatabase:
    """A database of its own, which the alias means while the block lasts.

    ``live`` is the name of the database in production.
    """

    alias: str
    name: str
    live: str

    def apply(self, version: str) -> None:
        """Apply the files that follow, up to and with a version."""
        run_files(self.alias, live=self.live, upto=version)

    def apply_next(self) -> str:
        """Apply the next file and return its version; raises ConfigurationError without one."""
        with open_target(self.alias) as target:
            history = target.ledger.read(target.connection)
            standings = status(target.directory, history)
        pending = [each.version for each in standings if each.state in _TO_COME]
        if not pending:
            raise ConfigurationError("there is no next file: all are applied")
        self.apply(pending[0])
        return pending[0]

    def execute(self, query: str, parameters: Sequence[Any] | None = None) -> list[Any]:
        """Run SQL and return its rows, if it has any."""
        with connections[self.alias].cursor() as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []

    @property
    def apps(self) -> StateApps:
        """Return the models as far as the tables have their columns at this moment.

        As in a RunPython: ``apps.get_model("shop", "Order")``; after the next file, ask again.
        """
        return models_then(self.alias)

    def factory(self, now: type[Factory[Model]]) -> type[Factory[Model]]:
        """Return a factory of factory-boy for the models as they are at this moment.

        What it states for columns that are not there is left out, also of factories that it uses.
        """
        from schema_tools.testing.factories_then import factory_then  # needs factory-boy

        return factory_then(now, self.apps, self.alias)


@contextmanager
def migrated_to(
    version: str, *, using: str = DEFAULT_DB_ALIAS, with_django: bool = False
) -> Iterator[PastDatabase]:
    """Yield a new database to which the files up to and with a version are applied.

    Until the block ends the alias means this database, in this thread; then it is dropped. Of
    Django's migrations those are run that files require, and all of them ``with_django``. Raises
    what sqlmigrate_apply raises.
    """
    read_directory(get_settings(using).migrations_dir)  # says what is wrong before any work
    live = live_name(using)
    base = str(connections[using].settings_dict["TEST"].get("TEMPLATE") or "template1")
    with (
        control(using) as beside,
        new_database(beside, base=base) as name,
        alias_at(using, {**connection_params(using), "dbname": name}),
    ):
        fill(using, live=live, upto=version, with_django=with_django)
        yield PastDatabase(using, name, live)
