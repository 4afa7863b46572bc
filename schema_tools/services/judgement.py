"""Disagreements turned into findings: with sentences, values, places and remedies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from schema_tools.django_models.origins import Origins
from schema_tools.findings import Finding, Location, Remedy
from schema_tools.keys import Key
from schema_tools.schema.comparison.disagreement import (
    EXTRA,
    MISSING,
    RENAMED,
    Disagreement,
)
from schema_tools.schema.comparison.remedies import sql_remedies
from schema_tools.schema.comparison.sides import table_of
from schema_tools.schema.comparison.verdict import Verdict
from schema_tools.schema.comparison.wording import (
    brief,
    hint,
    kind_words,
    message,
    value_text,
    values,
)

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
_MODEL_IS_WRONG = {Verdict.MODEL_BEHIND, Verdict.MODEL_DIFFERS}
# How a model states an aspect of a column.
_OPTIONS = {
    "default": "db_default=… for the SQL ",
    "comment": "db_comment=… for the text ",
    "collation": "db_collation=… for ",
    "generated": "GeneratedField(expression=…) for the SQL ",
    "identity": "an AutoField, for an identity ",
}


def findings(
    disagreements: Iterable[Disagreement],
    origins: Origins | None,
    lines: Mapping[Key, Location],
    *,
    model_key: Callable[[Key], Key] = lambda key: key,
    partial: bool = False,
) -> Iterator[Finding]:
    """Yield a finding for each disagreement.

    ``lines`` are the places in SQL files, by the key of the object made there. ``model_key`` gives
    the key that the models have for an object which they call otherwise. ``partial`` says
    that statements of the files were left out: what nobody seems to have made is then not to be
    dropped, for one of them may have made it.
    """
    for found in disagreements:
        key = model_key(found.key)
        places = [lines.get(found.key), origins and _place(found, key, origins)]
        remedies = (*sql_remedies(found), *(_edits(found, key, origins) if origins else ()))
        doubtful = partial and found.verdict is Verdict.DATABASE_DRIFTED and found.aspect == EXTRA
        if doubtful:
            remedies = tuple(each for each in remedies if each.action != "undo")
        yield Finding(
            code=found.code,
            severity=found.severity,
            message=message(found),
            hint=_MAY_BE_LEFT_OUT if doubtful else hint(found),
            subject=found.key,
            verdict=found.verdict,
            between=_between(found),
            values=values(found),
            locations=tuple(place for place in places if place),
            remedies=remedies,
            tolerated_by=found.tolerated_by,
            brief=brief(found),
        )


def _between(found: Disagreement) -> tuple[str, ...]:
    if not found.sides.has_files:
        return ("models", "database")
    return _BETWEEN.get(found.verdict, ("migrations", "database"))


def _place(found: Disagreement, key: Key, origins: Origins) -> Location | None:
    example = found.model or found.sides.files.get(found.key) or found.sides.live.get(found.key)
    return origins.locate(key, table_of(key), example)


def _edits(found: Disagreement, key: Key, origins: Origins) -> Iterator[Remedy]:
    """Yield what to write in the model, where the model may be wrong."""
    if found.verdict not in _MODEL_IS_WRONG:
        return
    model = origins.model_of(table_of(key))
    wanted = None
    if found.names is None:
        wanted = value_text(found.aspect, found.sides.files.get(found.key))
    if model is None:
        text = f"Write a model with db_table = {found.key.table or found.key.name!r}."
    else:
        field = origins.field_name(key, table_of(key))
        text = _edit(found, model.__name__, field, wanted)
    yield Remedy("models", "edit", text)


def _edit(found: Disagreement, model: str, field: str, wanted: str | None) -> str:
    key, aspect = found.key, found.aspect
    if aspect == RENAMED:
        return _named(found.key, model, field)
    if aspect == EXTRA:
        return f"{model}: state {key.kind} {key.name}: {wanted}"
    if aspect == MISSING:
        return f"{model}: take {field or key.name} out"
    if key.kind != "column":
        return f"{model}: let {key.kind} {key.name} have {aspect.replace('_', ' ')} {wanted}"
    if aspect == "type":
        return f"{field}: use a field whose database type is {wanted}"
    if aspect == "nullable":
        return f"{field}: null={wanted == 'nullable'}"
    option = _OPTIONS.get(aspect, aspect)
    if wanted is None:
        return f"{field}: take {option.split(' ')[0].rstrip('=')} out"
    return f"{field}: {option}{wanted}"


def _named(key: Key, model: str, field: str) -> str:
    if key.kind == "column":
        return f"{field or model}: db_column={key.name!r}"
    if key.kind == "table":
        return f"{model}: db_table = {key.name!r}"
    return f"{model}: name={key.name!r} for the {kind_words(key.kind)}"
