"""Say what failed in a migration: where, the line's text, the server's words, what is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

import psycopg

from schema_tools.errors import LockHeld, MigrationFailed, SchemaToolsError
from schema_tools.history.command import command
from schema_tools.history.migration import Statement
from schema_tools.history.passwords import without_passwords
from schema_tools.history.plan import Step
from schema_tools.postgres.indexes import InvalidIndex
from schema_tools.postgres.runner import Position

_WIDEST_LINE = 110
_OWN_TRANSACTION = (
    "The statement needs to be outside a transaction. Either take BEGIN; and COMMIT; out and put "
    "`-- Transaction: off` into the header (best in a file that holds this statement alone), or "
    "use a form of it that runs inside one."
)
_ADVICE = {
    "25001": _OWN_TRANSACTION,
    "2D000": _OWN_TRANSACTION,
    "55P03": "Another session holds a lock on the table. Run the command again when it is "
    "quieter, or more often with --retries, or wait longer with --lock-timeout (others then queue "
    "behind this statement).",
    "40P01": "Run the command again when it is quieter, or let it try more often with --retries.",
    "40001": "Run the command again when it is quieter, or let it try more often with --retries.",
    "57014": "If it was the statement timeout: give more time with --statement-timeout, or with a "
    "`-- Statement-Timeout:` line in the header.",
    "2BP01": "Something else depends on what is dropped (see above): take that away first, then "
    "run the command again.",
    "3F000": "The search_path of the role or the database names no schema that is there, or none "
    "that the role may use: write the schema before the name, or SET search_path in the file.",
    "22P05": "The database's encoding lacks a character of the statement: write it in ASCII, or "
    "use a database with the encoding UTF8.",
    "25006": "Something has set the transaction to read-only: see SHOW "
    "default_transaction_read_only, and what the file sets itself.",
    "53100": "Make room on the server's disk, then run the command again.",
    "53400": "A limit of the server or of the role was reached, such as temp_file_limit: raise "
    "it, then run the command again.",
    "42501": "Run the command as a role that has the right, or grant it, then run it again.",
}
_ADVICE_ON_UP = {
    "42P01": "If an earlier file should have made it, mend that order; if a Django migration "
    "makes it, name that one in the header (`-- Requires: app_label.0001_name`) and run it first.",
}
# duplicate_table, _column, _object, _function, _schema: what the statement makes is there already.
_THERE_ALREADY = frozenset({"42P07", "42701", "42710", "42723", "42P06"})
_INTEGRITY = "23"  # a class of SQLSTATE: integrity constraint violations
_MEND_FILE = "Mend the file and run the command again: what is applied will not run twice."
_MEND_ROWS = (
    "Rows that are there do not fit, as the server says: mend them, or the file, and run the "
    "command again: what is applied will not run twice."
)
_ENDED = (
    "The session was ended, by an administrator or with the server: run the command again, and it "
    "goes on."
)
_AGAIN = "Put right what the server says, and run the command again: it goes on there."
# admin_shutdown, crash_shutdown, cannot_connect_now
_SESSION_ENDED = frozenset({"57P01", "57P02", "57P03"})

# Others stood in the way, and may have gone by now: lock_not_available, deadlock_detected,
# serialization_failure.
PASSING = frozenset({"55P03", "40P01", "40001"})


def failed(
    step: Step,
    error: psycopg.Error,
    *,
    position: Position,
    state: str,
    advice: str,
    alias: str,
) -> SchemaToolsError:
    """Return the error for a statement that failed; without one it was our COMMIT or record.

    ``state`` says what is in the database now. ``advice``, if any, is what is known better than
    from the error alone; ``alias`` is the database's, for the commands in it. Where others stood
    in the way, and did to the last attempt, it is LockHeld, with who they were.
    """
    verb = "Rollback" if step.direction == "down" else "Migration"
    name = PurePath(step.migration.path).name
    lines = [
        f"❌ CRITICAL: {verb} failed: {name}",
        *_place(step, position, error),
        *_server_words(error),
        *(_others(position) if error.sqlstate in PASSING else ()),
        f"  Now: {state}",
    ]
    kind = LockHeld if error.sqlstate in PASSING else MigrationFailed
    hint = advice or _advice(step, error, position, alias)
    return kind("\n".join(lines), hint=hint).at(
        step.migration.path, _line(position.statement, error) if position.statement else 0
    )


def _others(position: Position) -> Iterator[str]:
    """Yield who stood in the way, and how often it was tried."""
    yield from (f"  Blocked by {blocker}" for blocker in position.blockers)
    if position.attempts > 1:
        yield f"  Tried {position.attempts} times."


def words(error: BaseException) -> str:
    """Return what the server or the driver says, in one line."""
    primary = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    said = primary or " ".join(str(error).split()) or type(error).__name__
    return without_passwords(said)


def taken_up(step: Step, position: Position) -> str:
    """Say where a file was going on when nothing of it had begun yet, "" where something had."""
    at = f"while it was being taken up again at {_goes_on_at(step, position)}"
    return at if position.taken_up else ""


def _goes_on_at(step: Step, position: Position) -> str:
    total = len(step.part.statements)
    return f"statement {position.taken_up} of {total}" if position.taken_up <= total else "COMMIT"


def _place(step: Step, position: Position, error: psycopg.Error) -> Iterator[str]:
    statement, index = position.statement, position.index
    if statement is None:
        place = taken_up(step, position) or "at COMMIT, after the last statement"
        yield f"  {step.migration.path}: {place}"
        return
    character = int(error.diag.statement_position or 0)
    line = _line(statement, error)
    breaks = line - statement.line
    text = without_passwords(statement.text).split("\n")[breaks].replace("\t", " ").rstrip()
    before = without_passwords(statement.text[: max(character - 1, 0)])
    text, column = _window(text, len(before) - (before.rfind("\n") + 1) if character else -1)
    total = len(step.part.statements)
    which = f"statement {index} of {total}" if index else "before BEGIN"
    if position.taken_up:
        which += f", sent again to go on at {_goes_on_at(step, position)}"
    yield f"  {step.migration.path}:{line} ({which})"
    yield f"  {line:>5} | {text}"
    if column >= 0:
        yield f"  {'':>5} | {' ' * column}^"


def _line(statement: Statement, error: psycopg.Error) -> int:
    """Return the line that the server means, else the first of the statement."""
    line, _column = statement.place(max(int(error.diag.statement_position or 0), 1))
    return line


def _window(text: str, column: int) -> tuple[str, int]:
    """Cut a long line around the column."""
    if len(text) <= _WIDEST_LINE:
        return text, column
    start = max(min(column - _WIDEST_LINE // 2, len(text) - _WIDEST_LINE), 0)
    cut = text[start : start + _WIDEST_LINE]
    if start:
        cut = f"…{cut[1:]}"
    if start + _WIDEST_LINE < len(text):
        cut = f"{cut[:-1]}…"
    return cut, column - start if column >= 0 else column


def _server_words(error: psycopg.Error) -> Iterator[str]:
    diag = error.diag
    yield f"  {diag.severity or 'ERROR'}{_code(error)}: {words(error)}"
    for label, value in (
        ("DETAIL", diag.message_detail),
        ("HINT", diag.message_hint),
        ("QUERY", diag.internal_query),
        ("CONTEXT", diag.context),
    ):
        if value:
            yield f"  {label}: " + without_passwords(value).replace("\n", "\n    ")


def _code(error: psycopg.Error) -> str:
    return f" {error.sqlstate}" if error.sqlstate else ""


def _advice(step: Step, error: psycopg.Error, position: Position, alias: str) -> str:
    """Return the next step."""
    if isinstance(error, InvalidIndex):
        return error.advice
    state, back = error.sqlstate or "", step.direction == "down"
    known = _ADVICE if back else {**_ADVICE, **_ADVICE_ON_UP}
    if state in known:
        return known[state]
    if state in _SESSION_ENDED:
        return _ENDED
    if position.taken_up:
        return _set_in_vain(step, alias) if position.statement else _AGAIN
    if back:
        return _mend_rollback(step, position.done, alias)
    if state in _THERE_ALREADY:
        return _there_already(step, alias)
    return _MEND_ROWS if state.startswith(_INTEGRITY) else _MEND_FILE


def _there_already(step: Step, alias: str) -> str:
    """Return the ways to settle what somebody, or another tool, has made before the file."""
    look = command("sqlmigrate_resolve", step.migration.version, alias=alias)
    adopt = command("sqlmigrate_baseline", "VERSION", alias=alias)
    return (
        "The database has it already. Whether it has all of this file, and how to record that: "
        f"{look} (where it was made without these files altogether: {adopt}). Else mend the file "
        "and run the command again."
    )


def _set_in_vain(step: Step, alias: str) -> str:
    look = command("sqlmigrate_resolve", step.migration.version, alias=alias)
    return (
        "What the file has set is set again before it goes on. Make that possible, as it was in "
        "the earlier run, and run the command again; or do the rest by hand, and settle the file: "
        f"{look}"
    )


def _mend_rollback(step: Step, done: int, alias: str) -> str:
    """Return the ways out of a rollback that failed; its file counts as applied."""
    again = "Put right by hand what stands in the way, and run the command again"
    look = command("sqlmigrate_resolve", step.migration.version, alias=alias)
    if done:
        return (
            f"{again}: it goes on there. Until then the file has to stay as it is. What can be "
            f"settled otherwise: {look}"
        )
    accept = command(
        "sqlmigrate_resolve", step.migration.version, "--accept-checksum", alias=alias
    )
    return (
        f"{again}. If the rollback itself is wrong: mend it in the file, let that count with "
        f"{accept} and run the command again; or undo the change with a new migration."
    )
