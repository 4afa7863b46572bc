"""Make a database what production is: SQL files, with what they require, then ``migrate``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.core.management import call_command
from django.db import connections, router

from schema_tools.conf import get_settings
from schema_tools.errors import HistoryError, MigrationFailed
from schema_tools.findings import Finding, NotChecked
from schema_tools.history.directory import Directory
from schema_tools.history.fold import files_up_to, find_counted, fold
from schema_tools.history.header import listed
from schema_tools.history.migration import Migration
from schema_tools.history.plan import Plan, plan_apply
from schema_tools.history.progress import tell_nobody
from schema_tools.history.record import History
from schema_tools.postgres.scratch import ScratchDatabase, prelude_of
from schema_tools.postgres.scratch_server import run_prelude
from schema_tools.postgres.session import connection_params, open_connection
from schema_tools.services.requirements import Requirements
from schema_tools.services.run import Waiting, carry_out
from schema_tools.services.target import Target, open_target
from schema_tools.testing.inside import inside


@dataclass(frozen=True, slots=True)
class _OthersOnly:
    """A router that keeps Django from making tables that SQL files own."""

    alias: str
    labels: frozenset[str]

    def allow_migrate(self, db: str, app_label: str, **_hints: object) -> bool | None:
        """Say no for the apps of the SQL files, and nothing of others."""
        return False if db == self.alias and app_label in self.labels else None


@contextmanager
def only_other_apps(alias: str) -> Iterator[None]:
    """Let ``migrate`` make no table of an app whose tables SQL files own, until the block ends.

    A table that no file makes has to be missing in tests, as it will be in production.
    """
    guard = _OthersOnly(alias, frozenset(get_settings(alias).apps))
    router.routers.insert(0, guard)
    try:
        yield
    finally:
        router.routers.remove(guard)


def fill(
    alias: str, *, live: str, upto: str = "", with_django: bool = True
) -> tuple[NotChecked, ...]:
    """Fill the new database that the alias means now; return what of the files was left out.

    ``live`` is the name of the database in production; ``upto`` a version, "" for all files.
    """
    # PostGIS's backend makes its extension before any migration, and files may need it.
    connections[alias].prepare_database()
    prelude = prelude_of(get_settings(alias))
    with open_connection(connection_params(alias), what="the new test database") as connection:
        run_prelude(connection, prelude)
    left_out = run_files(alias, live=live, upto=upto)
    if with_django:
        migrate_others(alias)
    return left_out


def migrate_others(alias: str) -> None:
    """Run Django's migrations of the other apps, and make the tables of those without any."""
    with only_other_apps(alias):
        call_command("migrate", database=alias, verbosity=0, interactive=False, run_syncdb=True)


def run_files(alias: str, *, live: str, upto: str = "") -> tuple[NotChecked, ...]:
    """Apply pending files to the database that the alias means now, as sqlmigrate_apply does.

    All, or those up to a version. What files require of Django's migrations is run before them.
    Returns what of them was left out; ``live`` is the name of the database in production.
    Raises what sqlmigrate_apply raises.
    """
    with open_target(alias, purpose="test database") as found:
        counted = _counted(found, upto)
        kept = inside(counted.migrations, live=live, database=found.connection.info.dbname)
        directory = replace(counted, migrations=kept.migrations)
        target = replace(found, directory=directory)
        last = _named(directory, upto)
        for migration in _upto(directory, last):
            if listed(migration.header, "Requires"):
                _apply(target, _before(directory, migration))
                _meet(target, migration)
        _apply(target, last)
        return kept.left_out


def _counted(target: Target, upto: str) -> Directory:
    """Return the files that count: a squashed one, or those for which it stands, never both.

    A new database can be led to a version that is within a squashed file, as long as its file is
    there; from then on the history says which of them counts.
    """
    history = target.ledger.read(target.connection)
    if history.applied:
        return fold(target.directory, history)[0]
    return replace(target.directory, migrations=files_up_to(target.directory, upto))


def _named(directory: Directory, version: str) -> Migration | None:
    """Return the migration that is meant, the last one for "", None where there are none."""
    by_version = {each.version: each for each in directory.migrations}
    if version:
        return by_version[find_counted(by_version, version, directory)]
    return directory.migrations[-1] if directory.migrations else None


def _upto(directory: Directory, last: Migration | None) -> Iterable[Migration]:
    if last is None:
        return ()
    return directory.migrations[: directory.migrations.index(last) + 1]


def _before(directory: Directory, migration: Migration) -> Migration | None:
    place = directory.migrations.index(migration)
    return directory.migrations[place - 1] if place else None


def _apply(target: Target, last: Migration | None) -> None:
    """Apply what is pending up to and with a migration; with None only look at the problems."""

    def planner(history: History) -> Plan:
        plan = plan_apply(target.world(), history, target=last)
        return plan if last else replace(plan, steps=())

    plan = planner(target.ledger.read(target.connection))
    _check(plan.problems if last is not None else target.directory.problems)
    if plan.steps:
        _check(carry_out(target, planner, Waiting(), tell_nobody).plan.problems)


def _check(problems: Iterable[Finding]) -> None:
    """Raise HistoryError with all problems, as sqlmigrate_apply lists them."""
    found = tuple(problems)
    if found:
        lines = (f"{_place(each)}{each.message}" for each in found)
        hints = dict.fromkeys(each.hint for each in found if each.hint)
        raise HistoryError(
            "the SQL files cannot be applied to a test database:\n  " + "\n  ".join(lines),
            hint="\n→ ".join(hints),
        )


def _meet(target: Target, migration: Migration) -> None:
    """Run the Django migrations that a file requires."""
    params = connection_params(target.alias)
    database = ScratchDatabase(str(params["dbname"]), params)
    schemas = target.settings.schemas
    found = Requirements(target.alias, database, target.connection, schemas).meet(migration)
    if found is not None:
        raise MigrationFailed(found.message, where=_place(found).rstrip(": "), hint=found.hint)


def _place(finding: Finding) -> str:
    return f"{finding.locations[0]}: " if finding.locations else ""
