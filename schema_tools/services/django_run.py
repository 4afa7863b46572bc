"""Run Django's migrations as its ``migrate`` does, and say what is there when one fails."""

from __future__ import annotations

import inspect
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ModelState, ProjectState

from schema_tools.errors import Interrupted, LockHeld, LockLost, MigrationFailed, SchemaToolsError
from schema_tools.history.directory import shown
from schema_tools.history.passwords import without_passwords
from schema_tools.history.progress import FileFinished, FileStarted, Tell
from schema_tools.postgres.aftermath import what_is_applied
from schema_tools.postgres.failure import PASSING
from schema_tools.postgres.lock import RunnerLock
from schema_tools.postgres.stop import Stop
from schema_tools.postgres.timeouts import Limits
from schema_tools.services.django_graph import DjangoGraph
from schema_tools.services.target import Target

_AGAIN = "Run the command again when it is quieter, or wait longer with --lock-timeout."
_MEND = "Mend the cause and run the same command again: what is applied will not run twice."
_NO_TABLE = (
    "If a SQL file makes it: Django's migrations run behind all files, unless one names them in "
    "its Requires: line. "
)
_UNDEFINED_TABLE = "42P01"


class DjangoRun:
    """Runs migrations over a connection, and remembers which, with the milliseconds of each.

    ``graph`` is that of the plan; of ``total`` migrations and files so many ``files`` have run by
    now. Receivers of Django's ``pre_migrate`` are told before the first
    one, with all that are to run, and those of ``post_migrate`` in the end.
    """

    graph: DjangoGraph
    total = 0
    files = 0

    def __init__(
        self,
        target: Target,
        wrapper: BaseDatabaseWrapper,
        limits: Limits,
        *,
        tell: Tell,
        stop: Stop,
        fake: bool,
    ) -> None:
        self.ran: dict[str, int] = {}
        self._target, self._wrapper, self._limits = target, wrapper, limits
        self._tell, self._stop, self._fake = tell, stop, fake
        self._state: ProjectState | None = None
        self._lock: RunnerLock | None = None
        self._current: Migration | None = None
        self._started = 0.0

    def migrate(self, all_of_them: Sequence[str], names: Sequence[str], lock: RunnerLock) -> None:
        """Run migrations; ``all_of_them`` are those of the whole plan."""
        if not names:
            return
        with self._explained(lock):
            state = self._begun(all_of_them)
            with self._stop.watching(self._wrapper.connection):
                self._state = self.graph.executor.migrate(
                    [], plan=self._plan(names), state=state, fake=self._fake
                )

    def finish(self, all_of_them: Sequence[str], lock: RunnerLock) -> None:
        """Send ``post_migrate``, which makes content types and permissions."""
        with self._explained(lock):
            state = self._begun(all_of_them)
            emit_post_migrate_signal(
                verbosity=0,
                interactive=False,
                db=self._target.alias,
                apps=_with_real_models(state),
                plan=self._plan(all_of_them),
            )

    def text(self, name: str) -> str:
        """Return what a migration does, in Django's words, as comments."""
        migration = self.graph.migration(name)
        how = "one transaction" if migration.atomic else "not atomic"
        what = [f"--   {' '.join(each.describe().split())}" for each in migration.operations]
        return "\n".join([f"-- {name} (Django's, {how})", *what])

    def progress(
        self, action: str, migration: Migration | None = None, _fake: bool = False
    ) -> None:
        """Take what Django's executor tells; raise where the right to go on is lost."""
        if migration is None:
            return
        if action == "apply_start":
            self._may_go_on()
            self._current, self._started = migration, time.monotonic()
            self._limit(migration)
            event = FileStarted(_shown(migration), self._direction, self._index, self.total)
            self._tell(event)
        elif action == "apply_success":
            milliseconds = round((time.monotonic() - self._started) * 1000)
            self.ran[_name(migration)] = milliseconds
            self._current = None
            self._tell(FileFinished(_shown(migration), self._direction, milliseconds))

    @property
    def _direction(self) -> str:
        return "fake" if self._fake else "up"

    @property
    def _index(self) -> int:
        return self.files + len(self.ran) + 1

    def _plan(self, names: Sequence[str]) -> list[tuple[Migration, bool]]:
        return [(self.graph.migration(name), False) for name in names]

    def _begun(self, names: Sequence[str]) -> ProjectState:
        """Return the models as the migrations have them so far; at first tell ``pre_migrate``."""
        self._wrapper.close()  # it may have been idle for longer than the server allows
        self._wrapper.ensure_connection()
        if self._state is None:
            self._wrapper.prepare_database()
            # As migrate does; there is no public name for it, and none in the stubs.
            executor: Any = self.graph.executor
            before = executor._create_project_state(with_applied_migrations=True)
            emit_pre_migrate_signal(
                verbosity=0,
                interactive=False,
                db=self._target.alias,
                apps=before.apps,
                plan=self._plan(names),
            )
            self._state = before.clone()
        return self._state

    def _may_go_on(self) -> None:
        self._stop.check()
        if self._lock is not None:
            self._lock.check()

    def _limit(self, migration: Migration) -> None:
        """Let statements wait as those of files do; without limit outside a transaction.

        There a concurrent build that is cut short would leave an invalid index.
        """
        asked, default = self._limits.asked_lock_timeout, self._limits.lock_timeout
        lock = default if asked is None else asked
        if asked is None and not migration.atomic:
            lock = 0.0
        asked, default = self._limits.asked_statement_timeout, self._limits.statement_timeout
        statement = default if asked is None else asked
        with self._wrapper.cursor() as cursor:
            cursor.execute(
                "SELECT pg_catalog.set_config('lock_timeout', %s, false), "
                "pg_catalog.set_config('statement_timeout', %s, false)",
                [str(round(lock * 1000)), str(round(statement * 1000))],
            )

    @contextmanager
    def _explained(self, lock: RunnerLock) -> Iterator[None]:
        """Turn an error or a signal into one that says what is in the database now."""
        self._lock = lock
        try:
            yield
        except KeyboardInterrupt as error:
            raise self._interrupted(error, lock) from error
        except LockLost as error:
            raise LockLost(f"{error}\n  Now: {self._now(lock)}", hint=error.hint) from error
        except SchemaToolsError:
            raise
        except Exception as error:
            if self._stop.reason is not None:
                raise self._interrupted(self._stop.reason, lock) from error
            raise self._failed(error, lock) from error

    def _interrupted(self, error: KeyboardInterrupt, lock: RunnerLock) -> Interrupted:
        number = signal.Signals(getattr(error, "signal_number", signal.SIGINT))
        return Interrupted(
            f"stopped by {number.name} {self._place()}; {self._now(lock)}",
            signal_number=number,
            hint="Run the same command again to go on.",
        )

    def _failed(self, error: Exception, lock: RunnerLock) -> SchemaToolsError:
        cause = error.__cause__ if isinstance(error.__cause__, psycopg.Error) else error
        code = getattr(cause, "sqlstate", None) or ""
        said = without_passwords(" ".join(str(error).split()))
        lines = [
            f"❌ CRITICAL: Migration failed: {self._subject()}",
            *self._file(),
            f"  {type(error).__name__}{f' {code}' if code else ''}: {said}",
            f"  Now: {self._now(lock)}",
        ]
        if code in PASSING:
            return LockHeld("\n".join(lines), hint=_AGAIN)
        hint = _NO_TABLE + _MEND if code == _UNDEFINED_TABLE else _MEND
        return MigrationFailed("\n".join(lines), hint=hint)

    def _subject(self) -> str:
        if self._current:
            return _shown(self._current)
        return "a receiver of Django's signals pre_migrate and post_migrate"

    def _place(self) -> str:
        return f"in {_shown(self._current)}" if self._current else "between Django's migrations"

    def _file(self) -> Iterator[str]:
        if self._current:
            yield f"  {shown(Path(inspect.getfile(type(self._current))))}"

    def _now(self, lock: RunnerLock) -> str:
        ran = f"; of Django's: {', '.join(self.ran)}" if self.ran else ""
        files = f"{what_is_applied(self._target.ledger, lock.connection)}{ran}"
        return f"{self._what_is_left(self._current)}; {files}" if self._current else files

    def _what_is_left(self, migration: Migration) -> str:
        """Say how much of the migration that was under way is in the database."""
        try:
            self._wrapper.close()
            self._wrapper.connect()  # anew: Django may have left its transaction open
            applied = MigrationRecorder(self._wrapper).applied_migrations()
        except DatabaseError:
            return "whether this migration was applied is not known, as the server does not answer"
        if (migration.app_label, migration.name) in applied:
            return "this migration is completely applied"
        if migration.atomic or self._fake:
            return "nothing of this migration was applied"
        return "this migration is not atomic: what it had done by then stays"


def _with_real_models(state: ProjectState) -> object:
    """Return the models for receivers of ``post_migrate``: rendered again, as ``migrate`` does.

    Models of apps without migrations get their relations only so.
    """
    state.clear_delayed_apps_cache()
    found = state.apps
    with found.bulk_update():
        keys = [(each.app_label, each.name_lower) for each in found.real_models]
        for key in keys:
            found.unregister_model(*key)
    found.render_multiple([ModelState.from_model(apps.get_model(*key)) for key in keys])
    return found


def _name(migration: Migration) -> str:
    return f"{migration.app_label}.{migration.name}"


def _shown(migration: Migration) -> str:
    return f"{_name(migration)} (Django)"
