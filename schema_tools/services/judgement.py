"""Disagreements turned into findings: with sentences, values, places and remedies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from schema_tools.django_models.origins import Origins
from schema_tools.findings import Finding, Location, Remedy
from schema_tools.keys import Key
from schema_tools.schema.comparison.disagreement import EXTRA, Disagreement
from schema_tools.schema.comparison.remedies import sql_remedies
from schema_tools.schema.comparison.verdict import Verdict
from schema_tools.schema.comparison.wording import (
    brief,
    hint,
    message,
    values,
)
from schema_tools.services.cause import NO_CAUSE, Because
from schema_tools.services.model_edits import edits, place_of

_BETWEEN = {
    Verdict.MODEL_BEHIND: ("models", "migrations"),
    Verdict.MIGRATION_MISSING: ("models", "migrations"),
    Verdict.MODEL_DIFFERS: ("models", "migrations"),
    Verdict.CONFLICT: ("models", "migrations", "database"),
}
_MAY_BE_LEFT_OUT = (
    "A statement that the replay left out (see what was not checked) may have made this. If none "
    "has, the database was changed by hand: adopt it into a migration, or undo it."
)


def findings(
    disagreements: Iterable[Disagreement],
    origins: Origins | None,
    lines: Mapping[Key, Location],
    *,
    model_key: Callable[[Key], Key] = lambda key: key,
    cause: Callable[[Disagreement], Because] = lambda _found: NO_CAUSE,
    partial: bool = False,
) -> Iterator[Finding]:
    """Yield a finding for each disagreement.

    ``lines`` are the places in SQL files, by the key of the object made there. ``model_key`` gives
    the key that the models have for an object which they call otherwise, ``cause`` why one
    differs that Django's migrations are to make. ``partial`` says that statements of the files
    were left out: what nobody seems to have made is then not to be dropped, for one of them may
    have made it.
    """
    for found in disagreements:
        key = model_key(found.key)
        places = [lines.get(found.key), origins and place_of(found, key, origins)]
        because = cause(found)
        remedies = _remedies(found, key, origins, because)
        doubtful = partial and found.verdict is Verdict.DATABASE_DRIFTED and found.aspect == EXTRA
        if doubtful:
            remedies = tuple(each for each in remedies if each.action != "undo")
        yield Finding(
            code=found.code,
            severity=found.severity,
            message=message(found),
            hint=_MAY_BE_LEFT_OUT if doubtful else _hint(found, because),
            subject=found.key,
            verdict=found.verdict,
            between=_between(found),
            values=values(found),
            locations=tuple(place for place in places if place),
            remedies=remedies,
            tolerated_by=found.tolerated_by,
            brief=brief(found),
        )


def _hint(found: Disagreement, because: Because) -> str:
    """Return what is known of the kind of difference, and of this one.

    What a migration has made was not changed by hand.
    """
    is_told = because.is_unwritten or (because.is_meant and found.sides.has_files)
    return " ".join(filter(None, ("" if is_told else hint(found), because.hint)))


def _remedies(
    found: Disagreement, key: Key, origins: Origins | None, because: Because
) -> tuple[Remedy, ...]:
    """Return SQL and edits; no SQL where Django has a migration to write, which says it all.

    What one of Django's migrations makes no file can adopt.
    """
    if because.is_unwritten:
        return ()
    in_sql = sql_remedies(found)
    if because.is_meant:
        in_sql = tuple(replace(each, safe=False) for each in in_sql if each.action != "adopt")
    return (*in_sql, *(edits(found, key, origins) if origins else ()))


def _between(found: Disagreement) -> tuple[str, ...]:
    if not found.sides.has_files:
        return ("models", "database")
    return _BETWEEN.get(found.verdict, ("migrations", "database"))
