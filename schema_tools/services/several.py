"""One report on several databases: a matrix, then what each has to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from schema_tools.errors import SchemaToolsError
from schema_tools.findings import Finding, Location, Report, Severity, Table
from schema_tools.reports.words import counted
from schema_tools.services.each_database import Ended

_NOT_BEGUN = "not begun"


def several(
    ended: Sequence[Ended], *, codes: Callable[[BaseException], int], looked: bool = False
) -> Report:
    """Return the report on all of them; ``codes`` says which exit code an error has.

    ``looked`` says that nothing was to be changed: plans, or dry runs.
    """
    done = [each for each in ended if each.is_done]
    not_done = [each for each in ended if not each.is_done]
    names = ", ".join(each.alias for each in not_done)
    verb, more = ("looked at", " None was changed.") if looked else ("done", "")
    rest = f"; not {verb}: {names}" if not_done else ""
    summary = f"{len(done)} of {counted(len(ended), 'database')} {verb}{rest}.{more}"
    rows = tuple((each.alias, _state(each), f"{each.seconds:.1f} s") for each in ended)
    return Report(
        title=f"{counted(len(ended), 'database')}",
        summary=summary,
        tables=(Table(("database", "result", "took"), rows),),
        body="\n\n".join(
            f"-- database {each.alias}\n{each.report.body}"
            for each in ended
            if each.report and each.report.body
        ),
        findings=tuple(finding for each in ended for finding in _findings(each)),
        facts={
            "databases": [_facts(each, codes) for each in ended],
            **({"exit_code": _code(not_done, codes)} if not_done else {}),
        },
        ok=not not_done,
    )


def _state(ended: Ended) -> str:
    if ended.report is not None:
        return ended.report.summary
    return _NOT_BEGUN if ended.error is None else _first_line(ended.error)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].removeprefix("❌ ")


def _findings(ended: Ended) -> tuple[Finding, ...]:
    """Return what is to be told of a database, each with its name."""
    if ended.error is not None:
        hint = ended.error.hint if isinstance(ended.error, SchemaToolsError) else ""
        text = str(ended.error).strip().removeprefix("❌ ").removeprefix("CRITICAL: ")
        message, places = f"{ended.alias}: {text}", _places(ended.error)
        return (Finding("error.database", Severity.CRITICAL, message, hint, locations=places),)
    found = ended.report.findings if ended.report else ()
    return tuple(replace(each, message=f"{ended.alias}: {each.message}") for each in found)


def _places(error: BaseException) -> tuple[Location, ...]:
    if isinstance(error, SchemaToolsError) and error.path:
        return (Location(error.path, error.line),)
    return ()


def _facts(ended: Ended, codes: Callable[[BaseException], int]) -> dict[str, object]:
    facts = dict(ended.report.facts) if ended.report else {}
    if isinstance(ended.error, SchemaToolsError) and ended.error.database:
        facts = {"database": ended.error.database}
    return {
        "alias": ended.alias,
        "ok": ended.is_done,
        "begun": ended.report is not None or ended.error is not None,
        "error": None if ended.error is None else str(ended.error).strip(),
        "exit_code": codes(ended.error) if ended.error else 0 if ended.is_done else None,
        "seconds": round(ended.seconds, 3),
        **facts,
    }


def _code(not_done: Sequence[Ended], codes: Callable[[BaseException], int]) -> int:
    """Return the code that tells most: of a failed migration, else of the first that ended badly.

    2 where nothing but refusals ended badly.
    """
    found = [codes(each.error) for each in not_done if each.error is not None]
    failed = 5
    return failed if failed in found else found[0] if found else 2
