"""What a replay shows of a migration, held against the database."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from psycopg import Connection

from schema_tools.errors import ConfigurationError
from schema_tools.history.case import Case
from schema_tools.history.fold import fold
from schema_tools.history.migration import Migration, Part, Statement
from schema_tools.history.record import Applied, History
from schema_tools.history.transactions import needs_no_transaction
from schema_tools.keys import Key
from schema_tools.lexer import Kind, significant
from schema_tools.postgres.scratch import Scratch
from schema_tools.schema.comparison.extent import extent
from schema_tools.schema.objects import Schema, SchemaObject
from schema_tools.services.inquiry import Inquiry
from schema_tools.services.live import beside, history_tables
from schema_tools.services.past_text import past_migration, past_text
from schema_tools.services.replay_steps import Steps, replay_steps
from schema_tools.services.reprint import in_the_words_of
from schema_tools.services.target import Target
from schema_tools.services.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a replay has shown of a migration, to be held against the database now.

    ``words`` are objects of the database with what they are in the words of the replay's server.
    """

    inquiry: Inquiry
    wanted: Wanted
    steps: Steps | None = None
    unseen: str = ""
    words: Mapping[Key, tuple[SchemaObject, SchemaObject]] = field(default_factory=dict)

    @property
    def stopped_at(self) -> str:
        """Return what failed in the replay, or ""."""
        return self.steps.failure.message if self.steps and self.steps.failure else ""

    def read(self, connection: Connection[Any]) -> Schema:
        """Return what the database has of what was replayed."""
        return self.in_its_words(self.wanted.read(connection))

    def in_its_words(self, live: Schema) -> Schema:
        """Return what the database has with the words of the replay's server, as far as known."""
        known = {key: new for key, (old, new) in self.words.items() if live.get(key) == old}
        return live.replaced(known)

    def reworded(self, live: Schema, scratch: Scratch) -> Evidence:
        """Return the same with what only another version of the server prints otherwise."""
        seen = self.case(live).seen
        if self.steps is None or seen is None or seen.fits:
            return self
        keys = [change.key for change in seen.difference]
        found = in_the_words_of(self.steps.states[seen.nearest], live, keys, scratch)
        return replace(self, words={key: (live.objects[key], new) for key, new in found.items()})

    def case(self, live: Schema) -> Case:
        """Return what can be decided on."""
        inquiry, steps = self.inquiry, self.steps
        part = _part(inquiry)
        case = Case(
            part.statements,
            None,
            self.unseen or self.stopped_at,
            run=inquiry.run,
            recorded=inquiry.standing.applied is not None,
            transactional=part.transactional,
            text_is_known=inquiry.text_is_known,
        )
        if steps is None or not steps.states:
            return case
        seen = replace(
            case,
            seen=extent(steps.states, live, later=steps.later),
            replayed=len(steps.states) - 1,
            left_out=steps.left_out,
        )
        return _with_leftover(seen, steps, live)


def gather_evidence(
    target: Target, history: History, inquiry: Inquiry, scratch: Scratch
) -> Evidence:
    """Replay the files that are applied, and the migration among them, a statement at a time."""
    wanted = wanted_of(target)
    unknown = Evidence(inquiry, wanted, unseen="its text is not known")
    if inquiry.basis is None:
        return unknown
    try:
        before, after = _around(target, history, inquiry)
    except ConfigurationError as error:
        return replace(unknown, unseen=str(error))
    basis = inquiry.basis
    if inquiry.is_back:
        basis = replace(basis, up=basis.down)
    steps = replay_steps(target.alias, scratch, wanted, basis, before=before, after=after)
    evidence = Evidence(inquiry, steps.wanted, steps)
    is_cut = steps.failure is not None and bool(after) and steps.later is None
    if steps.failure is not None and (is_cut or not steps.states):
        return replace(evidence, steps=None, unseen=steps.failure.message)
    return evidence


def wanted_of(target: Target) -> Wanted:
    """Return what to read of the database, and of the replays that it is held against."""
    wanted = Wanted(target.settings.schemas, passed_over=history_tables(target.settings))
    return beside(wanted, target.connection, target.settings)


def _around(
    target: Target, history: History, inquiry: Inquiry
) -> tuple[Sequence[Migration], Sequence[Migration]]:
    """Return the files applied before it and those applied after it, as they were then.

    A rollback that has stopped comes after all of them, its own file included.
    """
    directory, history = fold(target.directory, history)
    files = {each.version: each for each in directory.migrations}
    own = inquiry.standing.applied
    before: list[Migration] = []
    after: list[Migration] = []
    for row in history.applied:
        if row.version == inquiry.version and not inquiry.is_back:
            continue
        is_later = own is not None and row.position > own.position and not inquiry.is_back
        (after if is_later else before).append(_as_applied(target, row, files.get(row.version)))
    return before, after


def _as_applied(target: Target, row: Applied, file: Migration | None) -> Migration:
    if file is not None and row.checksum.lower() in {"", file.checksum}:
        return file
    found = past_migration(row, past_text(target, row))
    if found is None:
        raise ConfigurationError(
            f"the text of {row.version}, which is applied too, is not known: settle that first"
        )
    return found


def _part(inquiry: Inquiry) -> Part:
    if inquiry.basis is None:
        return Part()
    return inquiry.basis.down if inquiry.is_back else inquiry.basis.up


def _with_leftover(case: Case, steps: Steps, live: Schema) -> Case:
    """Return the case with the invalid index that a build or drop has left which was cut short."""
    run = case.run
    if run is None or not run.done < run.running <= case.total or run.done >= len(steps.states):
        return case
    stopped_in, before = case.statements[run.running - 1], steps.states[run.done]
    if "INDEX" not in stopped_in.verb or not needs_no_transaction(stopped_in):
        return case
    made = steps.states[run.running].objects if run.running < len(steps.states) else {}
    named = _names(stopped_in)
    invalid = [
        key
        for key, found in live.objects.items()
        if getattr(found, "valid", True) is False
        and getattr(before.get(key), "valid", True)
        and (key.name in named or (key in made and key not in before))
    ]
    if not invalid:
        return case
    mended = extent(steps.states, live.replaced({key: before.get(key) for key in invalid}))
    is_all = run.done in mended.fits
    return replace(
        case,
        seen=replace(case.seen, elsewhere=mended.elsewhere) if case.seen and is_all else case.seen,
        leftover=f"{invalid[0].schema}.{invalid[0].name}",
        repairable=is_all,
    )


def _names(statement: Statement) -> frozenset[str]:
    """Return the words before ON as catalogs have names: among them the index, if it is named."""
    before = itertools.takewhile(
        lambda token: token.text.upper() != "ON", significant(statement.text)
    )
    return frozenset(
        token.text[1:-1].replace('""', '"') if token.kind is Kind.NAME else token.text.lower()
        for token in before
    )
