"""Compare a database with a snapshot, where nothing can be built to compare it with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError, HistoryError, PrivilegeMissing
from schema_tools.findings import Finding, NotChecked, Report
from schema_tools.history.directory import read_directory
from schema_tools.history.fold import fold
from schema_tools.history.standing import Standing
from schema_tools.history.standing import status as standings_of
from schema_tools.schema.comparison.common_ground import read_by_both
from schema_tools.schema.comparison.compare import compare
from schema_tools.schema.comparison.sides import Sources
from schema_tools.schema.runners import run_by
from schema_tools.schema.snapshot import Snapshot
from schema_tools.services.judgement import findings
from schema_tools.services.known_findings import read_accepted, without_known
from schema_tools.services.live import Live, Past, beside, history_tables
from schema_tools.services.question import DATABASE, MIGRATIONS, Question
from schema_tools.services.read_history import read_history
from schema_tools.services.schema_source import load_snapshot
from schema_tools.services.status import history_findings
from schema_tools.services.target import Target, open_target
from schema_tools.services.unknown_names import check_tables
from schema_tools.services.validation_report import Result, report
from schema_tools.services.wanted import Wanted, without

_MAJOR = 10000


@dataclass(frozen=True, slots=True)
class _History:
    """Where each file stands, if that could be read, and what is wrong with the files."""

    standings: tuple[Standing, ...] = ()
    problems: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()


def validate_expected(question: Question) -> Report:
    """Return the report on a database beside the snapshot that the question names.

    The snapshot stands for the SQL files and for what is applied; models are not built, and no
    scratch database is asked for. Raises what reading settings, snapshot and database raises.
    """
    settings = get_settings(question.alias)
    known = read_accepted(question.alias)
    expected = load_snapshot(Path(question.expected))
    wanted = Wanted(settings.schemas, passed_over=history_tables(settings))
    wanted = wanted.including(expected.schemas)
    with open_target(question.alias, files=False, purpose="validate_schema") as target:
        # Nothing is replayed here, as whom ever.
        wanted = beside(wanted, target.connection, settings)
        runner = replace(wanted.runner, others=())
        wanted = replace(wanted, runner=runner)
        history = _history(target)
        there = wanted.read(target.connection)
        live = Live(there, frozenset(), Past(history.standings), target.facts)
    made = run_by(expected.schema, runner.role)
    files, found, unread = read_by_both(without(made, wanted.passed_over), expected.cut(there))
    sources = Sources(applied=files, files=files, live=found)
    check_tables(question, sources)
    comparison = compare(sources)
    shown = [each for each in comparison.disagreements if question.asks_for(each.key)]
    result = Result(
        compared=(MIGRATIONS, DATABASE),
        live=live,
        tolerated=comparison.tolerated,
        objects=sum(map(question.asks_for, comparison.keys)),
        findings=(
            *history.problems,
            *history_findings(history.standings, question.alias),
            *findings(shown, None, {}),
        ),
        not_checked=(
            *_left_out(question, expected, live),
            *wanted.not_checked,
            *unread,
            *history.not_checked,
        ),
    )
    told = report(without_known(result, known), fail_on=question.fail_on)
    return _about_snapshot(told, question, expected)


def _history(target: Target) -> _History:
    """Read files and history as far as they are there and the role may."""
    what = "which SQL files are applied"
    try:
        directory, history = fold(
            read_directory(target.settings.migrations_dir),
            read_history(target),
        )
    except (ConfigurationError, HistoryError, PrivilegeMissing) as error:
        return _History(not_checked=(NotChecked(what, str(error)),))
    return _History(standings_of(directory, history), directory.problems)


def _left_out(question: Question, expected: Snapshot, live: Live) -> Iterator[NotChecked]:
    yield NotChecked(
        "models and SQL files themselves", f"the snapshot {question.expected} stands for them"
    )
    if question.is_restricted:
        yield NotChecked("objects other than those asked for", "left out as asked")
    for what, reason in live.schema.not_seen:
        yield NotChecked(what, reason)
    if expected.unknown:
        yield NotChecked(
            ", ".join(expected.unknown),
            "an older version made the snapshot, which did not read this",
        )
    made, there = (each.server_version // _MAJOR for each in (expected.schema, live.schema))
    if made != there:
        yield NotChecked(
            "whether expressions differ in more than their printed form",
            f"the database is on PostgreSQL {there}, the snapshot was made on PostgreSQL {made}",
        )


def _about_snapshot(found: Report, question: Question, expected: Snapshot) -> Report:
    """Name the snapshot where a report speaks of SQL files."""
    title = found.title.rpartition(":")[0]
    objects = f"{len(expected.schema.objects)} objects"
    return replace(
        found,
        title=f"{title}: compared with the snapshot {question.expected} ({objects})",
        summary=found.summary.replace(
            "SQL files and database agree", "Snapshot and database agree"
        ),
        facts={
            **found.facts,
            "expected": {
                "path": question.expected,
                "server_version": expected.schema.server_version // _MAJOR,
            },
        },
    )
