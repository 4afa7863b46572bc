"""Django's migrations as Django itself orders them, and which of them a database has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations import exceptions as wrong
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from schema_tools.errors import HistoryError
from schema_tools.postgres.session import APPLICATION_NAME

Key = tuple[str, str]
Progress = Callable[..., None]


@contextmanager
def own_connection(alias: str, way: str) -> Iterator[BaseDatabaseWrapper]:
    """Let an alias be reached by a connection of its own, in this thread, until the block ends.

    ``way`` is the alias by which: another than ``alias`` where that leads past a pooler. Django's
    migrations find their connection by the alias, and routers decide by its name.
    """
    real, like = connections[alias], connections[way]
    options = dict(like.settings_dict["OPTIONS"])
    options.pop("pool", None)  # Django keeps its pools by alias
    options.setdefault("application_name", f"{APPLICATION_NAME} {alias}")
    settings = {**like.settings_dict, "OPTIONS": options, "CONN_MAX_AGE": 0}
    wrapper: BaseDatabaseWrapper = type(like)(settings, alias)
    connections[alias] = wrapper
    try:
        yield wrapper
    finally:
        connections[alias] = real
        wrapper.close()


class DjangoGraph:
    """The graph of Django's migrations, with names such as ``auth.0001_initial``."""

    def __init__(self, wrapper: BaseDatabaseWrapper, progress: Progress) -> None:
        """Read files and history; ``progress`` is told what Django's executor tells.

        Raises HistoryError where Django's ``migrate`` would refuse to begin.
        """
        try:
            self.executor = MigrationExecutor(wrapper, progress)
            loader = self.executor.loader
            loader.check_consistent_history(self.executor.connection)
        except (
            wrong.BadMigrationError,
            wrong.CircularDependencyError,
            wrong.NodeNotFoundError,
        ) as error:
            raise HistoryError(
                f"Django's migrations cannot be put in order: {error}",
                hint="Mend the migration that is named; manage.py migrate --plan says the same.",
            ) from error
        except wrong.InconsistentMigrationHistory as error:
            raise HistoryError(
                f"Django's own history does not fit its migrations: {error}",
                hint="manage.py showmigrations shows what is applied.",
            ) from error
        conflicts = [
            f"{', '.join(sorted(names))} in {app}"
            for app, names in sorted(loader.detect_conflicts().items())
        ]
        if conflicts:
            raise HistoryError(
                f"Django's migrations have more than one end: {'; '.join(conflicts)}",
                hint="Join them with manage.py makemigrations --merge.",
            )

    @property
    def applied(self) -> frozenset[str]:
        """Return the names of what the database has."""
        return frozenset(map(_name, self.executor.loader.applied_migrations))

    @property
    def ends(self) -> tuple[str, ...]:
        """Return the last migration of each app."""
        return tuple(map(_name, self.executor.loader.graph.leaf_nodes()))

    def needs(self, name: str) -> Iterator[str]:
        """Yield a migration after all that it builds upon; nothing for one that is not there."""
        key = node_of(self.executor.loader, name)
        if key in self.executor.loader.graph.nodes:
            yield from map(_name, self.executor.loader.graph.forwards_plan(key))

    def knows(self, name: str) -> bool:
        """Return whether there is such a migration, or was one that a squashed one stands for."""
        return node_of(self.executor.loader, name) in self.executor.loader.graph.nodes

    def migration(self, name: str) -> Migration:
        """Return a migration of the graph."""
        found: Migration = self.executor.loader.graph.nodes[node_of(self.executor.loader, name)]
        return found


def node_of(loader: MigrationLoader, name: str) -> Key:
    """Return the migration of the graph that a name means: itself, or what stands for it.

    A squashed migration stands for those that it replaces, unless a part of them is applied: then
    these stand for it. Without either it is the name's own key, which is not in the graph.
    """
    app, _dot, migration = name.partition(".")
    key = (app, migration)
    if key in loader.graph.nodes:
        return key
    if key in loader.replacements:
        stands_for = [*loader.replacements[key].replaces[-1:]]
    else:
        stands_for = [at for at, each in loader.replacements.items() if key in each.replaces]
    return next((other for other in stands_for if other in loader.graph.nodes), key)


def _name(key: Key) -> str:
    return ".".join(key)
