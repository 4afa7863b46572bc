"""Do the same on several databases: the first alone, then so many at a time."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from django.db import connections

from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError, Interrupted
from schema_tools.findings import Report
from schema_tools.postgres.session import check_alias
from schema_tools.postgres.stop import Stop, of_signal

Work = Callable[[str], Report]

_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one database: a report, or an error; neither where it was not begun."""

    alias: str
    report: Report | None = None
    error: BaseException | None = None
    seconds: float = 0.0

    @property
    def is_done(self) -> bool:
        """Return whether all was as it should be."""
        return self.report is not None and self.report.ok


def all_aliases() -> tuple[str, ...]:
    """Return the aliases of DATABASES that are databases of their own, in PostgreSQL.

    One that mirrors another in tests is taken for its standby (Django documentation, "Testing",
    "Testing primary/replica configurations"); DIRECT_DATABASE names another way to the same one.
    """
    on_postgresql = [alias for alias in connections if connections[alias].vendor == "postgresql"]
    ways = {get_settings(alias).direct_database for alias in on_postgresql}
    return tuple(
        alias
        for alias in on_postgresql
        if alias not in ways and not connections[alias].settings_dict["TEST"].get("MIRROR")
    )


def on_each(
    aliases: Sequence[str], work: Work, *, parallel: int, keep_going: bool, stop: Stop
) -> tuple[Ended, ...]:
    """Do the work on each database; return what became of each, in their order.

    The first is the canary: the others begin once it is done. One that ends badly keeps what has
    not begun from beginning, unless ``keep_going``. A signal lets what runs come to its end as it
    would by itself, and raises Interrupted when all of it has.
    """
    if len(set(aliases)) < len(aliases):
        raise ConfigurationError("a database is named twice", hint="Name each once.")
    for alias in aliases:  # a misspelt one is found out before another is touched
        check_alias(alias)
    all_of_them = _Round(aliases, work, keep_going, stop)
    try:
        first = all_of_them.run_next()
        if first is None or first.is_done or keep_going:
            all_of_them.run_rest(parallel)
    except KeyboardInterrupt as error:
        stop.ask(error)
    if stop.reason:
        raise _interrupted(all_of_them, stop.reason) from stop.reason
    return tuple(all_of_them.ended.get(alias, Ended(alias)) for alias in aliases)


@dataclass(slots=True)
class _Round:
    """The databases that are still to come, and what became of the others."""

    aliases: Sequence[str]
    work: Work
    keep_going: bool
    stop: Stop
    ended: dict[str, Ended] = field(default_factory=dict)
    _coming: Iterator[str] = field(init=False)
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _gone_wrong: bool = False

    def __post_init__(self) -> None:
        self._coming = iter(self.aliases)

    def run_rest(self, parallel: int) -> None:
        """Run what is left, in threads where several are asked for at a time."""
        if parallel <= 1:
            self._run_all()
            return
        parallel = min(parallel, len(self.aliases))
        with ThreadPoolExecutor(parallel, thread_name_prefix="database") as pool:
            workers = [pool.submit(self._in_thread) for _ in range(parallel)]
            try:
                self._wait(workers)
            except KeyboardInterrupt as error:
                self.stop.ask(error)
                wait(workers)

    def run_next(self) -> Ended | None:
        """Run the next one; None where no other is to begin."""
        with self._turn:
            over = (self._gone_wrong and not self.keep_going) or self.stop.is_asked
            alias = None if over else next(self._coming, None)
        if alias is None:
            return None
        ended = self._ended(alias)
        with self._turn:
            self.ended[alias] = ended
            self._gone_wrong = self._gone_wrong or not ended.is_done
        return ended

    def _ended(self, alias: str) -> Ended:
        started = time.monotonic()
        report, error = self._worked(alias)
        return Ended(alias, report, error, time.monotonic() - started)

    def _worked(self, alias: str) -> tuple[Report | None, BaseException | None]:
        try:
            return self.work(alias), None
        except KeyboardInterrupt as error:
            self.stop.ask(error)
            return None, error
        except Interrupted as error:  # what came of the signal is told already
            self.stop.ask(of_signal(error.signal_number))
            return None, error
        except Exception as error:  # told with the others; what ran elsewhere must be told too
            return None, error

    def _run_all(self) -> None:
        while self.run_next() is not None:
            pass

    def _in_thread(self) -> None:
        try:
            self._run_all()
        finally:
            connections.close_all()  # Django's, which each thread has its own of

    def _wait(self, workers: Sequence[Future[None]]) -> None:
        pending = set(workers)
        while pending:
            done, pending = wait(pending, timeout=_LOOK_SECONDS)
            for worker in done:
                worker.result()


def _interrupted(found: _Round, reason: KeyboardInterrupt) -> Interrupted:
    """Return the error that says how far all of them have come."""
    lines = [f"{alias}: {_state(found.ended.get(alias))}" for alias in found.aliases]
    return Interrupted(
        "stopped by a signal; of the databases:\n  " + "\n  ".join(lines),
        signal_number=getattr(reason, "signal_number", signal.SIGINT),
        hint="Run the same command again to go on.",
    )


def _state(ended: Ended | None) -> str:
    if ended is None:
        return "not begun"
    if ended.is_done:
        return "done"
    if ended.error is not None:
        return str(ended.error) or "stopped before anything was touched"
    return ended.report.summary if ended.report else ""
