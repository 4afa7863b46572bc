"""Whether the same files may make another schema tomorrow than today.

A partition named after the month, a table with a random name: code that runs while files are
applied can do such things. A default of ``now()`` cannot, for it is kept as an expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schema_tools.history.migration import Statement

# What the server answers differently from one run to the next.
_CHANCE = re.compile(
    r"\b(?:(?:now|age|timeofday|(?:clock|statement|transaction)_timestamp|random\w*"
    r"|gen_random_\w+|uuidv\d|uuid_generate_\w+|inet_\w+|pg_backend_pid|pg_conf_load_time"
    r"|pg_postmaster_start_time|txid_\w+|pg_current_\w+|pg_ls_\w+|pg_read_\w+|dblink\w*"
    r"|current_database|current_setting)\"?\s*\("
    r"|(?:current_(?:date|time|timestamp|catalog)|localtime|localtimestamp"
    r"|pg_stat_\w+|pg_database\w*|pg_tablespace\w*)\b)",
    re.IGNORECASE,
)
# These constants become the time at which they are read.
_TIME_AS_TEXT = re.compile(r"'\s*(?:now|today|tomorrow|yesterday)\s*'", re.IGNORECASE)
_MAKES = re.compile(
    r"\b(?:create|alter|drop|execute|comment|grant|revoke|security\s+label)\b", re.IGNORECASE
)
# An expression that is kept, and a function that is named and not called.
_KEPT = re.compile(
    r"\bDEFAULT\s+[(\s]*(?:[\w.]+\s*\(\s*\)|\w+)|\bEXECUTE\s+(?:FUNCTION|PROCEDURE)\s+[\w.\"]+",
    re.IGNORECASE,
)
_ROUTINE = re.compile(
    r"""CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\s+(?:(?:"[^"]+"|[\w$]+)\s*\.\s*)?"""
    r"""(?:"(?P<quoted>[^"]+)"|(?P<plain>[\w$]+))""",
    re.IGNORECASE,
)
_TRIGGER = re.compile(r"\bRETURNS\s+(?P<event>event_)?trigger\b", re.IGNORECASE)
_ROUTINES = ("CREATE FUNCTION", "CREATE PROCEDURE")
_CHANGES_ROWS = ("INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "WITH", "COPY")
_RUNS = (*_CHANGES_ROWS, "DO", "SELECT", "CALL", "VALUES", "EXECUTE", "EXPLAIN", "(")


@dataclass(frozen=True, slots=True)
class _Code:
    """A piece of code: whether it makes objects, and asks for what is different each time."""

    text: str
    makes: bool
    chance: bool

    def names(self, routine: str) -> bool:
        """Return whether it may call a routine of that name."""
        return re.search(rf"\b{re.escape(routine)}\b", self.text, re.IGNORECASE) is not None


def code_that_runs(statements: Iterable[Statement]) -> str:
    """Return the text of all that runs, or may be called, while the statements do; "" if none."""
    found = list(statements)
    if not any(each.verb.startswith((*_RUNS, "CREATE EVENT TRIGGER")) for each in found):
        return ""
    return "\n".join(each.text for each in found if each.verb.startswith((*_RUNS, *_ROUTINES)))


def depends_on_the_moment(statements: Iterable[Statement]) -> bool:
    """Return whether the statements may make something else when they run another time.

    When in doubt they do.
    """
    found = list(statements)
    if any(_TIME_AS_TEXT.search(each.text) for each in found):
        return True
    routines = dict(_routines(found))
    running = [_code(each) for each in found if each.verb.startswith(_RUNS)]
    rows = [each for each in found if each.verb.startswith(_CHANGES_ROWS)]
    by_chance = any(_CHANCE.search(each.text) for each in rows)
    for code in routines.values():
        trigger = _TRIGGER.search(code.text)
        if trigger and (rows or trigger["event"]):
            running.append(_Code(code.text, code.makes, code.chance or by_chance))
    return any(_is_fickle(each, routines) for each in running)


def _routines(statements: Iterable[Statement]) -> Iterator[tuple[str, _Code]]:
    for number, each in enumerate(statements):
        if each.verb.startswith(_ROUTINES):
            head = _ROUTINE.match(each.text)
            name = (head["quoted"] or head["plain"]) if head else ""
            body = each.text[head.end() if head else 0 :]
            # The same name may be there twice: overloaded, or replaced later.
            yield f"{name}\n{number}", _of(body)


def _code(statement: Statement) -> _Code:
    code = _of(statement.text)
    return code if statement.verb == "DO" else _Code(code.text, False, code.chance)


def _of(text: str) -> _Code:
    own = _KEPT.sub(" ", text)
    return _Code(own, bool(_MAKES.search(own)), bool(_CHANCE.search(own)))


def _is_fickle(start: _Code, routines: dict[str, _Code]) -> bool:
    """Return whether code, with all that it may call, makes what chance decides."""
    reached, waiting = [start], [start]
    left = dict(routines)
    while waiting:
        caller = waiting.pop()
        for name in [name for name in left if caller.names(name.partition("\n")[0])]:
            waiting.append(left.pop(name))
            reached.append(waiting[-1])
    return any(each.makes for each in reached) and any(each.chance for each in reached)
