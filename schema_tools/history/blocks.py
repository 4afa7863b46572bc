"""Read the transaction control of a file's half: BEGIN … COMMIT around all of it, or none."""

from __future__ import annotations

from collections.abc import Sequence

from schema_tools.errors import MigrationFileError
from schema_tools.history.migration import Part, Statement
from schema_tools.history.transactions import needs_no_transaction
from schema_tools.history.verbs import words_of

_OPENING = frozenset({"BEGIN", "START TRANSACTION"})
_CLOSING = frozenset({"COMMIT", "END"})
_CONTROL = frozenset(
    {
        "ABORT",
        "ABORT AND CHAIN",
        "COMMIT AND CHAIN",
        "COMMIT PREPARED",
        "END AND CHAIN",
        "PREPARE TRANSACTION",
        "ROLLBACK",
        "ROLLBACK AND CHAIN",
        "ROLLBACK PREPARED",
    }
)
_INSIDE_ONLY = frozenset({"SAVEPOINT", "RELEASE", "ROLLBACK TO"})
_PREAMBLE = frozenset(
    {"SET", "SET ROLE", "SET SESSION AUTHORIZATION", "SET SESSION CHARACTERISTICS"}
)
_WITHOUT_EFFECT = frozenset({"SET CONSTRAINTS", "SET LOCAL", "SET TRANSACTION"})

_WAYS_OUT = (
    "Either put one BEGIN; before the first statement and one COMMIT; behind the last, or take "
    "all transaction control out."
)
_OWN_FILE = (
    "Move it between BEGIN; and COMMIT;, or into a file of its own; only SET may stand before "
    "BEGIN;."
)


def part_of(statements: Sequence[Statement], *, path: str, transaction_off: bool) -> Part:
    """Return a half of a file; its own BEGIN and COMMIT become ``explicit`` and ``modes``.

    Raises MigrationFileError for any transaction control but one BEGIN … COMMIT around all.
    """
    begin = next((at for at, each in enumerate(statements) if each.verb in _OPENING), None)
    if begin is None:
        _refuse_control(statements, path)
        loose = any(needs_no_transaction(each) for each in statements)
        return Part(tuple(statements), transactional=not (transaction_off or loose))
    preamble, opening, rest = statements[:begin], statements[begin], statements[begin + 1 :]
    if transaction_off:
        raise _refused(
            f"{opening.verb} stands in a file that says Transaction: off",
            opening,
            path,
            "Take out that header line, or BEGIN; and COMMIT;.",
        )
    _check_preamble(preamble, path)
    body = _body(opening, rest, path)
    return Part(tuple(body), explicit=True, modes=_modes(opening), preamble=tuple(preamble))


def _refuse_control(statements: Sequence[Statement], path: str) -> None:
    for each in statements:
        if each.verb in _CLOSING | _CONTROL:
            raise _refused(f"{each.verb} without BEGIN", each, path, _WAYS_OUT)
        if each.verb in _INSIDE_ONLY:
            raise _refused(
                f"{each.verb} works only between BEGIN and COMMIT", each, path, _WAYS_OUT
            )


def _check_preamble(preamble: Sequence[Statement], path: str) -> None:
    for each in preamble:
        if each.verb in _CLOSING | _CONTROL | _INSIDE_ONLY:
            raise _refused(f"{each.verb} before BEGIN", each, path, _WAYS_OUT)
        if each.verb in _WITHOUT_EFFECT:
            message = f"{each.verb} has no effect before BEGIN"
            raise _refused(message, each, path, "Move it between BEGIN; and COMMIT;.")
        if each.verb not in _PREAMBLE:
            raise _refused(f"{_name(each)} stands before BEGIN", each, path, _OWN_FILE)


def _body(opening: Statement, rest: Sequence[Statement], path: str) -> Sequence[Statement]:
    """Return what stands between BEGIN and the COMMIT that ends the half."""
    for at, each in enumerate(rest):
        if each.verb in _OPENING:
            message = f"a second {each.verb}; the first is in line {opening.line}"
            raise _refused(message, each, path, _WAYS_OUT)
        if each.verb in _CONTROL:
            raise _refused(f"{each.verb} between BEGIN and COMMIT", each, path, _WAYS_OUT)
        if each.verb in _CLOSING:
            _check_nothing_follows(each, rest[at + 1 :], path)
            return rest[:at]
    raise _refused(
        f"{opening.verb} without COMMIT: psql -f would undo it all at the end of the file",
        opening,
        path,
        _WAYS_OUT,
    )


def _check_nothing_follows(closing: Statement, rest: Sequence[Statement], path: str) -> None:
    if not rest:
        return
    message = f"{_name(rest[0])} stands behind the {closing.verb} in line {closing.line}"
    is_control = rest[0].verb in _OPENING | _CLOSING | _CONTROL | _INSIDE_ONLY
    raise _refused(message, rest[0], path, _WAYS_OUT if is_control else _OWN_FILE)


def _name(each: Statement) -> str:
    """Return the command's name, or what the statement begins with where there is none."""
    return each.verb or each.text.split("\n")[0][:20]


def _modes(opening: Statement) -> str:
    """Return what stands after BEGIN, as ``ISOLATION LEVEL SERIALIZABLE``."""
    words = words_of(opening.text)
    rest = words[2:] if words[1:2] in (("WORK",), ("TRANSACTION",)) else words[1:]
    return " ".join(rest).replace(" ,", ",")


def _refused(message: str, at: Statement, path: str, hint: str) -> MigrationFileError:
    return MigrationFileError(message, path=path, line=at.line, hint=hint)
