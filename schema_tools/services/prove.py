"""Prove that a database is what its SQL files make: replay them in scratch, and compare."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from schema_tools.findings import Finding, NotChecked
from schema_tools.history.migration import Migration
from schema_tools.keys import Key
from schema_tools.postgres.roles import Connection
from schema_tools.postgres.scratch import Scratch, open_scratch
from schema_tools.schema.comparison.sides import Sources
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Schema
from schema_tools.services.cache import open_cache
from schema_tools.services.django_tables import django_tables
from schema_tools.services.from_files import FromFiles, replay_of
from schema_tools.services.judgement import findings
from schema_tools.services.left_out import not_seen, other_version, unjudged, unread
from schema_tools.services.live import beside, history_tables
from schema_tools.services.locations import locate
from schema_tools.services.question import DATABASE
from schema_tools.services.reprint import compare_reprinted
from schema_tools.services.target import Target
from schema_tools.services.wanted import Wanted

_WRITES_ROWS = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "COPY", "WITH"})
_PLACES_SHOWN = 3
_HINT = (
    "Let the files say what the database has, or bring the database to what the files say, and "
    "run the command again."
)


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of holding files against a database.

    Without ``findings`` they are equal in all that was compared: ``objects`` of them. ``files``
    is false where the files cannot be replayed, and nothing was compared. ``digest`` stands for
    what was read of the database, and ``wanted`` says what that was.
    """

    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    objects: int = 0
    files: bool = True
    wanted: Wanted | None = None
    digest: str = ""

    def still_holds(self, connection: Connection) -> bool:
        """Return whether the database is as it was when the proof was made."""
        if self.wanted is None:
            return False
        return self.wanted.read_deferred(connection).digest == self.digest


def wanted_of(target: Target) -> Wanted:
    """Return what to read of a database; called before its lock is taken, which sets search_path.

    Before there is a history, who would make it is who runs the files.
    """
    settings = target.settings
    wanted = Wanted(settings.schemas, passed_over=history_tables(settings))
    wanted = beside(wanted, target.connection, settings)
    if target.ledger.read(target.connection).exists:
        return wanted
    return replace(wanted, runner=replace(wanted.runner, role=_me(target.connection)))


def _me(connection: Connection) -> str:
    row = connection.execute("SELECT CURRENT_USER::pg_catalog.text").fetchone()
    return str(row[0]) if row else ""


def prove(
    target: Target, wanted: Wanted, migrations: Sequence[Migration], new: Collection[str]
) -> Proof:
    """Replay the files in a scratch database, and compare what they make with the live schema.

    ``new`` are the versions that are to be recorded; the others have run there. Tables that
    Django's own migrations make are no file's. Raises what reading the database and opening a
    scratch server raises; a file that fails is a finding.
    """
    with ExitStack() as stack:
        scratch = stack.enter_context(
            open_scratch(target.alias, target.settings, live=target.connection)
        )
        cache = open_cache(target.settings.migrations_dir)
        made = replay_of(
            target.alias, scratch, wanted, applied=tuple(migrations), pending=(), cache=cache
        ).run()
        if made.applied is None or made.findings:
            return Proof(made.findings, made.not_checked, files=False)
        wanted = wanted.including(made.schemas)
        live = wanted.read_deferred(target.connection)
        found = _compared(target, wanted, scratch, made, live)
        written = _rows([each for each in migrations if each.version in new])
        return replace(found, not_checked=(*found.not_checked, *written))


def _compared(
    target: Target, wanted: Wanted, scratch: Scratch, made: FromFiles, live: Schema
) -> Proof:
    files = made.applied or Schema()
    tables = django_tables(target.alias, wanted.schemas[0])
    django = frozenset(tables) - files.objects.keys()
    sources = Sources(
        applied=files, files=files, live=live, facts=ModelFacts(django_tables=django)
    )
    reprinted = compare_reprinted(sources, scratch)
    found = reprinted.comparison.disagreements
    lines = locate(
        target.alias,
        scratch,
        wanted,
        made.migrations,
        [each.key for each in found if each.key in each.sides.files],
    )
    differences = findings(found, None, lines, partial=made.is_partial)
    notes = (
        *not_seen(live),
        *wanted.not_checked,
        *made.not_checked,
        *other_version(live, scratch, reprinted.unprinted),
        *_of_django(django, live),
        *unread(live),
        *unjudged(reprinted.comparison),
    )
    return Proof(
        tuple(map(_for_adoption, differences)),
        tuple(dict.fromkeys(notes)),
        len(files.objects),
        wanted=wanted,
        digest=live.digest,
    )


def _for_adoption(found: Finding) -> Finding:
    """Return a difference as it is before the files count: nothing is dropped for their sake."""
    kept = tuple(each for each in found.remedies if each.safe or each.side != DATABASE)
    return replace(found, hint=_HINT, remedies=kept)


def _of_django(tables: frozenset[Key], live: Schema) -> Iterator[NotChecked]:
    there = sorted(key.name for key in tables if key in live)
    if there:
        yield NotChecked(
            f"{len(there)} tables of Django's own migrations ({', '.join(there[:_PLACES_SHOWN])}"
            f"{', …' * (len(there) > _PLACES_SHOWN)})",
            "no SQL file makes them; manage.py migrate knows what is applied of those",
        )


def _rows(migrations: Sequence[Migration]) -> Iterator[NotChecked]:
    """Name the statements that write rows: whether these are there nobody has looked."""
    places = [
        f"{migration.path}:{statement.line} ({statement.verb})"
        for migration in migrations
        for statement in migration.up.statements
        if statement.verb.split()[0] in _WRITES_ROWS
    ]
    if places:
        more = len(places) - _PLACES_SHOWN
        shown = ", ".join(places[:_PLACES_SHOWN]) + (f" and {more} more" if more > 0 else "")
        yield NotChecked(f"rows that files write: {shown}", "schemas are compared, not rows")
