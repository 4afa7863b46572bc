"""Take every SQL file up, down and up again in a scratch database, and say where that leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace

from django.db import DEFAULT_DB_ALIAS

from schema_tools.conf import get_settings
from schema_tools.findings import Finding, Location, NotChecked, Report, Severity, Table
from schema_tools.history.directory import read_directory
from schema_tools.history.fold import fold
from schema_tools.history.migration import Migration
from schema_tools.postgres.introspect import made_schemas
from schema_tools.postgres.replay import Connection, Replayer
from schema_tools.postgres.replay_failure import FROM_EMPTY
from schema_tools.postgres.scratch import Scratch, open_scratch
from schema_tools.reports.words import counted
from schema_tools.schema.diff import diff
from schema_tools.schema.objects import Change, Schema, table_key
from schema_tools.services.folder import has_no_folder
from schema_tools.services.live import history_tables
from schema_tools.services.requirements import Requirements
from schema_tools.services.wanted import Wanted

EQUAL, NO_ROLLBACK, FAILED, UNREACHED = "equal", "no_rollback", "failed", "unreached"
_WORDS = {
    EQUAL: "up, down and up again: equal schemas",
    NO_ROLLBACK: "up; it has no rollback",
    FAILED: "FAILED",
    UNREACHED: "not reached",
}
_MEND_ROLLBACK = (
    "Mend the DOWN part; a file that is not to be rolled back says `Irreversible: why`."
)
_ROWS = NotChecked("rows", "schemas are compared before and after, not rows")
_MOST = 5  # objects are named


@dataclass(frozen=True, slots=True)
class Leg:
    """What came of one file: a word for it, what was found, and why it was not taken down."""

    migration: Migration
    result: str
    findings: tuple[Finding, ...] = ()
    why_not: str = ""


@dataclass(slots=True)
class _Stage:
    """A scratch database in which files go up and down; ``state`` is the schema in it."""

    connection: Connection
    replayer: Replayer
    required: Requirements
    wanted: Wanted
    state: Schema = field(default_factory=Schema)

    def up(self, *migrations: Migration) -> Finding | None:
        """Run UP parts; return the failure that ended it, if one did."""
        return self.replayer.run(migrations, prepare=self.required.meet).failure

    def down(self, migration: Migration) -> Finding | None:
        """Run a DOWN part; return its failure."""
        return self.replayer.run([replace(migration, up=migration.down)]).failure

    def read(self) -> Schema:
        """Return the schema as it is now, without what Django's own migrations made."""
        self.wanted = self.wanted.including(made_schemas(self.connection))
        found = self.wanted.read_replayed(self.connection, self.replayer)
        return self.required.files_only(found)


def round_trip(alias: str = DEFAULT_DB_ALIAS) -> Report:
    """Return the report on all files: each run up, down and up again, in scratch, in their order.

    After DOWN the schema has to be as before the file, after the second UP as after the first. A
    file without a rollback is named and is no finding. Raises what reading the settings and the
    folder and opening a scratch server raises.
    """
    settings = get_settings(alias)
    if has_no_folder(settings, alias):
        return Report("", summary="There are no SQL files to take up and down.")
    directory = read_directory(settings.migrations_dir)
    if directory.problems:
        unread = NotChecked("the rollbacks", "there are problems with the files")
        return Report("", directory.problems, (unread,), ok=False)
    files = fold(directory)[0].migrations
    wanted = Wanted(settings.schemas, passed_over=history_tables(settings))
    with open_scratch(alias, settings) as scratch:
        trip = _Trip(alias, scratch, wanted)
        legs = tuple(trip.walk(files))
    replaced = (each for each in directory.migrations if each not in files)
    return _report(legs, (*map(_replaced, replaced), *dict.fromkeys(trip.left_out)))


def _replaced(migration: Migration) -> NotChecked:
    return NotChecked(migration.path, "a squashed file stands for it")


@dataclass(slots=True)
class _Trip:
    """Takes files through scratch databases, a new one after each that went wrong."""

    alias: str
    scratch: Scratch
    wanted: Wanted
    left_out: list[NotChecked] = field(default_factory=list)

    def walk(self, migrations: Sequence[Migration]) -> Iterator[Leg]:
        """Yield what comes of each file; those after one that does not run are not reached."""
        position = 0
        while position < len(migrations):
            with ExitStack() as stack:
                stage = self._stage(stack, migrations[:position])
                for migration in migrations[position:]:
                    leg = _leg(stage, migration)
                    position += 1
                    yield leg
                    if leg.result == FAILED:
                        break
                self.left_out += stage.replayer.left_out
            if leg.result == FAILED and leg.findings[0].code == "file.replay":
                break
        yield from (Leg(each, UNREACHED) for each in migrations[position:])

    def _stage(self, stack: ExitStack, before: Sequence[Migration]) -> _Stage:
        database = self.scratch.create()
        connection = stack.enter_context(
            closing(database.connect(search_path=self.wanted.search_path))
        )
        replayer = self.wanted.replayer(connection, database)
        required = Requirements(self.alias, database, connection, self.wanted.schemas)
        stage = _Stage(connection, replayer, required, self.wanted)
        stage.up(*before)
        stage.state = stage.read()
        return stage


def _leg(stage: _Stage, migration: Migration) -> Leg:
    if failure := stage.up(migration):
        return Leg(migration, FAILED, (failure,))
    before, stage.state = stage.required.files_only(stage.state), stage.read()
    if why := _irreversible(migration):
        return Leg(migration, NO_ROLLBACK, why_not=why)
    found = _down_and_up(stage, migration, before, stage.state)
    return Leg(migration, FAILED, (found,)) if found else Leg(migration, EQUAL)


def _down_and_up(
    stage: _Stage, migration: Migration, before: Schema, after: Schema
) -> Finding | None:
    """Return what is wrong with a rollback, None where it leads back and the file up again."""
    down = (Location(migration.path, migration.down.statements[0].line),)
    if failure := stage.down(migration):
        return Finding(
            "rollback.fails",
            Severity.CRITICAL,
            f"its rollback fails: {_cause(failure)}",
            _MEND_ROLLBACK,
            locations=failure.locations,
        )
    if left := diff(before, stage.read()):
        return Finding(
            "rollback.incomplete",
            Severity.CRITICAL,
            f"its rollback does not lead back: {_changes(left)}",
            _MEND_ROLLBACK,
            locations=down,
        )
    return _up_again(stage, migration, after, down)


def _up_again(
    stage: _Stage, migration: Migration, after: Schema, down: tuple[Location, ...]
) -> Finding | None:
    failure = stage.up(migration)
    left = () if failure else diff(after, stage.read())
    if not (failure or left):
        return None
    what = _cause(failure) if failure else f"it makes another schema: {_changes(left)}"
    return Finding(
        "rollback.not_again",
        Severity.CRITICAL,
        f"after its rollback it cannot be applied as before: {what}",
        _MEND_ROLLBACK,
        locations=failure.locations if failure else down,
    )


def _irreversible(migration: Migration) -> str:
    """Return why a file is not taken down, "" where it can be."""
    reason = migration.header.get("Irreversible")
    if reason is not None:
        return f"its header calls it irreversible: {reason}".removesuffix(": ")
    return "" if migration.down.statements else "it has no rollback part"


def _cause(failure: Finding) -> str:
    """Return what the server said, without the words about a replay from empty."""
    return failure.message.partition(f"{FROM_EMPTY}: ")[2] or failure.message


def _changes(changes: Sequence[Change]) -> str:
    """Say which objects differ; what belongs to a table that differs as a whole goes with it."""
    whole = {each.key for each in changes if each.before is None or each.after is None}
    shown = [
        each
        for each in changes
        if not each.key.table or table_key(each.key.schema, each.key.table) not in whole
    ]
    words = [_change(each) for each in shown[:_MOST]]
    more = len(shown) - _MOST
    return "; ".join([*words, f"and {more} more"] if more > 0 else words)


def _change(change: Change) -> str:
    if change.before is None:
        return f"{change.key} is left behind"
    if change.after is None:
        return f"{change.key} is gone"
    return f"{change.key} is another ({', '.join(change.aspects)})"


def _report(legs: Sequence[Leg], left_out: tuple[NotChecked, ...]) -> Report:
    results = [leg.result for leg in legs]
    findings = tuple(finding for leg in legs for finding in leg.findings)
    one_way = tuple(
        NotChecked(f"the rollback of {leg.migration.path}", leg.why_not)
        for leg in legs
        if leg.why_not
    )
    unreached = tuple(
        NotChecked(leg.migration.path, "a file before it does not run")
        for leg in legs
        if leg.result == UNREACHED
    )
    return Report(
        title=f"Round trip of {counted(len(legs), 'file')}, in a scratch database",
        findings=findings,
        not_checked=(*one_way, *unreached, *left_out, *((_ROWS,) if EQUAL in results else ())),
        summary=_summary(results),
        tables=(_table(legs),) if legs else (),
        facts={"round_trip": [_facts(leg) for leg in legs]},
        ok=not findings,
    )


def _table(legs: Sequence[Leg]) -> Table:
    rows = tuple((leg.migration.version, _WORDS[leg.result]) for leg in legs)
    return Table(("migration", "round trip"), rows)


def _facts(leg: Leg) -> Mapping[str, str]:
    return {"version": leg.migration.version, "result": leg.result}


def _summary(results: Sequence[str]) -> str:
    failed, equal = results.count(FAILED), results.count(EQUAL)
    if failed:
        return (
            f"{counted(failed, 'file')} of {len(results)} cannot be taken up, down and up again."
        )
    if not results:
        return "There are no SQL files to take up and down."
    without = results.count(NO_ROLLBACK)
    rest = f"; {without} without a rollback" if without else ""
    return f"{counted(equal, 'file')} taken up, down and up again with equal schemas{rest}."
