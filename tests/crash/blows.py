"""The blows that a run is dealt, and what its command may say of each."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from dataclasses import dataclass

from tests.crash.command import Ended, Manage, Running

# The holder of the runner's lock tells by a second one which process works for it.
_SESSIONS = """
SELECT l.pid, w.objid::bigint::integer, a.state = 'active', a.query
FROM pg_locks l
LEFT JOIN pg_locks w ON w.pid = l.pid AND w.locktype = 'advisory' AND w.objsubid = 2
LEFT JOIN pg_stat_activity a ON a.pid = w.objid::bigint::integer
WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = %s)
"""
REFUSED, UNAVAILABLE, FAILED = 2, 3, 5


@dataclass(frozen=True)
class Sessions:
    """The processes of a run in the server, as far as there are any, and what runs."""

    lock: int | None = None
    work: int | None = None
    works: bool = False
    query: str = ""

    @classmethod
    def of(cls, manage: Manage) -> Sessions:
        """Look who is there at this moment."""
        row = manage.server.admin.execute(_SESSIONS, (manage.database,)).fetchone()
        return cls() if row is None else cls(row[0], row[1], bool(row[2]), row[3] or "")


@dataclass(frozen=True)
class Blow:
    """One way to break a run; ``codes`` are those that the command may end with after it."""

    name: str
    strike: Callable[[Manage, Running, Sessions], None]
    codes: frozenset[int]
    stops_server: bool = False


def _signal(number: signal.Signals) -> Callable[[Manage, Running, Sessions], None]:
    return lambda _manage, running, _sessions: running.process.send_signal(number)


def _terminate(*which: str) -> Callable[[Manage, Running, Sessions], None]:
    def strike(manage: Manage, _running: Running, sessions: Sessions) -> None:
        pids = [pid for name in which if (pid := getattr(sessions, name))]
        manage.server.admin.execute(
            "SELECT pg_terminate_backend(pid) FROM unnest(%s::integer[]) pid", (pids,)
        )

    return strike


def _crash(manage: Manage, _running: Running, _sessions: Sessions) -> None:
    manage.server.crash()


# Before Python has set up its own, the signal's default action ends the process.
BLOWS = (
    Blow("SIGKILL", _signal(signal.SIGKILL), frozenset({-signal.SIGKILL})),
    Blow("SIGTERM", _signal(signal.SIGTERM), frozenset({143, -signal.SIGTERM})),
    Blow("SIGINT", _signal(signal.SIGINT), frozenset({130, 1, -signal.SIGINT})),
    Blow("work backend", _terminate("work"), frozenset({FAILED, UNAVAILABLE})),
    Blow("lock backend", _terminate("lock"), frozenset({FAILED, UNAVAILABLE})),
    Blow("both backends", _terminate("work", "lock"), frozenset({FAILED, UNAVAILABLE})),
    Blow("server", _crash, frozenset({FAILED, UNAVAILABLE}), stops_server=True),
)


def strike(blow: Blow, manage: Manage, running: Running) -> Sessions:
    """Strike; return who was there at that moment."""
    sessions = Sessions.of(manage)
    blow.strike(manage, running, sessions)
    return sessions


def outcome(blow: Blow, manage: Manage, running: Running) -> Ended:
    """Return what the command left that was struck; there is a server again afterwards."""
    ended = running.end()
    if blow.stops_server:
        manage.server.start_again()
    return ended


def check_said(blow: Blow, sessions: Sessions, ended: Ended) -> None:
    """Raise AssertionError where the command ended as it may not after this blow."""
    missed = 0  # the run was over already, or nobody was there to be struck
    if ended.code not in blow.codes | {missed}:
        raise AssertionError(f"exit code {ended.code} after {blow.name}:\n{ended.err}")
    if sessions.lock is None:
        return  # Django itself was starting, or ending
    if re.search(r"Traceback|exit code 70|Exception ignored", ended.err):
        raise AssertionError(f"{blow.name} was not explained:\n{ended.err}")
