"""Who of models, SQL files and database is wrong, from which of four states are equal."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Verdict(enum.StrEnum):
    """The judgement on one object or one aspect of it."""

    MIGRATION_PENDING = "migration_pending"
    MIGRATION_UNRECORDED = "migration_unrecorded"
    DATABASE_DRIFTED = "database_drifted"
    MODEL_BEHIND = "model_behind"
    MIGRATION_MISSING = "migration_missing"
    MODEL_DIFFERS = "model_differs"
    MIGRATION_FORGOTTEN = "migration_forgotten"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Which of the four states are equal: models, applied files, all files, live database.

    Where models say nothing of an object, their three equalities are true. They are told one by
    one because a tolerance holds between models and one other state: two states that both agree
    with the models need not agree with each other.
    """

    models_files: bool
    models_applied: bool
    models_live: bool
    applied_files: bool
    applied_live: bool
    files_live: bool
    model_absent: bool
    files_absent: bool


def decide(states: Agreement) -> Verdict | None:
    """Return the verdict, None where all is well."""
    if states.models_files:
        return _files_agree(states)
    if states.applied_live:
        return _database_agrees(states)
    return Verdict.MIGRATION_FORGOTTEN if states.models_live else Verdict.CONFLICT


def _files_agree(states: Agreement) -> Verdict | None:
    if states.applied_live:
        return None if states.applied_files else Verdict.MIGRATION_PENDING
    return Verdict.MIGRATION_UNRECORDED if states.files_live else Verdict.DATABASE_DRIFTED


def _database_agrees(states: Agreement) -> Verdict:
    pending_change = states.models_applied and not states.applied_files
    if pending_change or states.model_absent:
        return Verdict.MODEL_BEHIND
    return Verdict.MIGRATION_MISSING if states.files_absent else Verdict.MODEL_DIFFERS
