"""Comparisons that found nothing, remembered under all that they were made from.

As long as none of it has changed they need not be made again, and no object of any side need be
made for them. Only agreement is kept: what differs is compared each time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields

from schema_tools.findings import Finding, NotChecked
from schema_tools.keys import Key
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.tolerance import Tolerated
from schema_tools.services.built import digest_of
from schema_tools.services.cache import Cache
from schema_tools.services.material import Material
from schema_tools.services.question import Question


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing the sides has given; ``objects`` is how many were compared.

    ``waiting`` is how many apps were left out until Django's migrations have run; with
    ``is_agreement`` nothing was left out and nothing found.
    """

    objects: int
    tolerated: tuple[Tolerated, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    findings: tuple[Finding, ...] = ()
    waiting: int = 0
    is_agreement: bool = False


def agreement_key(question: Question, material: Material, *, lacks_files: bool) -> str:
    """Return the key of all that a comparison is made from, "" where not all of it has one.

    With ``lacks_files`` SQL files were asked for, and there are none.
    """
    live, files, models = material.live, material.files, material.models
    is_whole = not (question.is_restricted or files.findings or material.directory.problems)
    if not (material.cache.is_on and is_whole):
        return ""
    keys = [
        live.schema.digest if live else "no database",
        files.key if files.files is not None else "no files",
        models.key if models else "no models",
    ]
    if not all(keys):
        return ""
    return digest_of(
        "agreed",
        keys,
        sorted(question.sides),
        material.wanted.parts,
        live and [sorted(live.views), live.applied is None],
        models and _stated(models.facts),
        lacks_files,
        models and [[each.what, each.reason] for each in models.not_checked],
    )


def known_agreement(cache: Cache, key: str) -> Compared | None:
    """Return what was remembered under a key, or None."""
    data = cache.get(key) if key else None
    if data is None:
        return None
    kept = json.loads(data)
    return Compared(
        kept["objects"],
        tuple(Tolerated(name, Key(*key)) for name, key in kept["tolerated"]),
        tuple(NotChecked(what, reason) for what, reason in kept["not_checked"]),
    )


def remember_agreement(cache: Cache, key: str, compared: Compared) -> None:
    """Remember an agreement under a key, unless that is ""."""
    if key:
        kept = {
            "objects": compared.objects,
            "tolerated": [[each.tolerance, each.key] for each in compared.tolerated],
            "not_checked": [[each.what, each.reason] for each in compared.not_checked],
        }
        cache.put(key, json.dumps(kept).encode())


def _stated(facts: ModelFacts) -> list[object]:
    """Return what models say besides their SQL, in one order."""
    values = (getattr(facts, each.name) for each in fields(facts))
    return [repr(sorted(v.items() if isinstance(v, Mapping) else v)) for v in values]
