"""What a disagreement is called: a sentence, a hint, and the value of each side."""

from __future__ import annotations

from collections.abc import Mapping

from schema_tools.findings import PLAIN
from schema_tools.keys import Key
from schema_tools.schema.comparison.disagreement import (
    EXTRA,
    MISSING,
    Disagreement,
)
from schema_tools.schema.comparison.verdict import Verdict
from schema_tools.schema.kinds import kinds
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import Schema, SchemaObject, flag_words

_HINTS = {
    Verdict.MIGRATION_PENDING: "A pending file makes this change. Run: manage.py sqlmigrate_apply",
    Verdict.MIGRATION_UNRECORDED: "A pending file's change is already in the database. "
    "To see whether all of that file is, and to record it: manage.py sqlmigrate_resolve VERSION",
    Verdict.DATABASE_DRIFTED: "The database was changed by hand. "
    "Undo it, or adopt it into a migration.",
    Verdict.MODEL_BEHIND: "SQL files and database agree. Edit the model.",
    Verdict.MIGRATION_MISSING: "The model asks for this and no file makes it. Write a migration; "
    "this drafts it: manage.py sqlmigrate_create NAME --from-models",
    Verdict.MODEL_DIFFERS: "SQL files and database agree, the model says otherwise. "
    "Write a migration, or mend the model.",
    Verdict.MIGRATION_FORGOTTEN: "Model and database agree, the SQL files do not know. "
    "Write a migration, and record it where the change is already made, which is proven first: "
    "manage.py sqlmigrate_baseline VERSION",
    Verdict.CONFLICT: "All three say something else. Decide which is right, mend the others.",
}
_WITHOUT_DATABASE = {
    **_HINTS,
    Verdict.MODEL_BEHIND: "The model lacks what SQL files make. Edit the model.",
    Verdict.MODEL_DIFFERS: "SQL files and model say different things. "
    "Write a migration, or mend the model.",
}
_RUN_ALREADY = (
    "The database has it as a pending file makes it, and the model does not say so. How much of "
    "the file is there, and to record that: manage.py sqlmigrate_resolve VERSION; then edit the "
    "model."
)
BY_DJANGO = (
    "Undo what was done by hand, or mend the model; SQL that every database needs goes into a "
    "Django migration (RunSQL)."
)
"""What to do where a model and a database differ and no SQL file has a say: said once for all."""
_SHORT_TYPES = {
    "character varying": "varchar",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
}
# Aspects whose value is what the object is, rather than something that it has.
_ESSENCE = frozenset({"type", "definition", "enabled", "method", "labels", "persistence"})


def hint(found: Disagreement) -> str:
    """Return what to do about a disagreement: for its own cause if that is known.

    Where no SQL file has a say it is the same for all, and each has its remedies.
    """
    if found.weighed is not None:
        return found.weighed.hint
    if not found.sides.has_files:
        return ""
    if found.verdict is Verdict.CONFLICT and _is_run_already(found):
        return _RUN_ALREADY
    return _HINTS[found.verdict] if found.sides.has_live else _WITHOUT_DATABASE[found.verdict]


def _is_run_already(found: Disagreement) -> bool:
    """Return whether files and database say the same: then the model alone says otherwise."""
    said = values(found)
    return "migrations" in said and said["migrations"] == said.get("database", "")


def values(found: Disagreement) -> dict[str, str | None]:
    """Return what each side says; a side that is left out is not in it."""
    if found.names is not None:
        return {side: getattr(found.names, _NAMES[side]) for side in _schemas(found)}
    return {
        side: value_text(found.aspect, schema.get(found.key))
        for side, schema in _schemas(found).items()
    }


_NAMES = {"models": "models", "migrations": "files", "database": "live"}


def _schemas(found: Disagreement) -> dict[str, Schema]:
    sides = found.sides
    result = {}
    if sides.has_models and kinds()[found.key.kind].in_models:
        result["models"] = sides.models_files if sides.has_files else sides.models_live
    if sides.has_files:
        result["migrations"] = sides.files
    if sides.has_live:
        result["database"] = sides.live
    return result


def value_text(aspect: str, found: SchemaObject | None) -> str | None:
    """Return an aspect's value as text, or the whole object's where it is about presence."""
    if found is None:
        return None
    if aspect in {MISSING, EXTRA}:
        kind = next(kind for kind in kinds().values() if isinstance(found, kind.type))
        return kind.describe(found)
    value = getattr(found, aspect)
    if value is None:
        return None
    if isinstance(value, bool):
        return _flag_text(found, aspect, value=value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def _flag_text(found: SchemaObject, aspect: str, *, value: bool) -> str:
    when_set, when_not = flag_words(type(found), aspect) or (aspect, f"not {aspect}")
    return when_set if value else when_not


def message(found: Disagreement) -> str:
    """Return one sentence that says what differs and who says what."""
    return f"{_place(found.key)}: {brief(found)}"


def brief(found: Disagreement) -> str:
    """Return the same without the words that name the table."""
    return f"{_name(found.key)} {_predicate(found)}"


def _place(key: Key) -> str:
    if key.kind == "table" or key.table:
        return f"Table structure mismatch for table {table_title(key)}"
    return f"Schema mismatch for {kind_words(key.kind)} '{_with_schema(key.schema, key.name)}'"


def table_title(key: Key) -> str:
    """Return the table's name in quotes, with its schema unless that is ``public``."""
    return f"'{_with_schema(key.schema, key.table or key.name)}'"


def _with_schema(schema: str, name: str) -> str:
    return name if schema in PLAIN else f"{schema}.{name}"


def _name(key: Key) -> str:
    words = kind_words(key.kind)
    return f"{words} {quoted(key.name)}" if key.table else f"the {words}"


def kind_words(kind: str) -> str:
    """Return a kind's name as people write it: ``materialized view``."""
    return kind.replace("_", " ")


def _predicate(found: Disagreement) -> str:
    if found.aspect in {MISSING, EXTRA}:
        text = _PRESENCE[found.aspect, _reference(found)]
        # A whole table that models do not have is no model's fault in particular.
        whose = "no model has it" if found.key.kind == "table" else "the model does not have it"
        return _seen(found, text.format(whose=whose))
    if found.names is not None:
        called = {
            "model": found.names.models,
            "files": found.names.files,
            "live": found.names.live,
        }
        text = _DIFFERENCE[_reference(found)].format_map({"verb": "is called", **called})
        return _seen(found, text)
    said = {side: _phrase(found.aspect, schema.get(found.key)) for side, schema in _views(found)}
    verb = "is" if _is_essence(kinds()[found.key.kind].type, found.aspect) else "has"
    return _seen(found, _DIFFERENCE[_reference(found)].format_map({"verb": verb, **said}))


def _seen(found: Disagreement, text: str) -> str:
    """Return a sentence without the database, where that was not looked at."""
    return text if found.sides.has_live else text.replace("SQL files and database", "SQL files")


def _views(found: Disagreement) -> list[tuple[str, Schema]]:
    sides = found.sides
    models = sides.models_files if sides.has_files else sides.models_live
    return [("model", models), ("files", sides.files), ("live", sides.live)]


def _reference(found: Disagreement) -> str:
    """Return the verdict, or ``by_model`` where only model and database are held together."""
    return found.verdict if found.sides.has_files else "by_model"


_DIFFERENCE: Mapping[str, str] = {
    "by_model": "{verb} {live} in the database, the model says {model}",
    Verdict.DATABASE_DRIFTED: "{verb} {live}, SQL files say {files}",
    Verdict.MIGRATION_PENDING: "{verb} {live}, a pending file makes it {files}",
    Verdict.MIGRATION_UNRECORDED: "{verb} already {live}, as a pending file would make it",
    Verdict.MODEL_BEHIND: "{verb} {model} in the model, SQL files say {files}",
    Verdict.MIGRATION_MISSING: "{verb} {model} in the model, SQL files say {files}",
    Verdict.MODEL_DIFFERS: "{verb} {model} in the model, SQL files and database say {files}",
    Verdict.MIGRATION_FORGOTTEN: "{verb} {live} in model and database, SQL files say {files}",
    Verdict.CONFLICT: "{verb} {model} in the model, {files} in SQL files, {live} in the database",
}
_PRESENCE: Mapping[tuple[str, str], str] = {
    (MISSING, "by_model"): "is missing in the database, the model has it",
    (EXTRA, "by_model"): "is in the database, {whose}",
    (MISSING, Verdict.DATABASE_DRIFTED): "is missing in the database, SQL files make it",
    (EXTRA, Verdict.DATABASE_DRIFTED): "is in the database, no SQL file makes it",
    (MISSING, Verdict.MIGRATION_PENDING): "is made by a pending file",
    (EXTRA, Verdict.MIGRATION_PENDING): "is dropped by a pending file",
    (MISSING, Verdict.MIGRATION_UNRECORDED): "is already gone, as a pending file would have it",
    (EXTRA, Verdict.MIGRATION_UNRECORDED): "is already there, as a pending file would make it",
    (MISSING, Verdict.MODEL_BEHIND): "is in the model, and a pending file drops it",
    (EXTRA, Verdict.MODEL_BEHIND): "is in SQL files and database, {whose}",
    (MISSING, Verdict.MIGRATION_MISSING): "is in the model, no SQL file makes it",
    (EXTRA, Verdict.MIGRATION_MISSING): "is in the database, {whose}",
    (MISSING, Verdict.MODEL_DIFFERS): "is in the model, SQL files and database lack it",
    (EXTRA, Verdict.MODEL_DIFFERS): "is in SQL files and database, {whose}",
    (MISSING, Verdict.MIGRATION_FORGOTTEN): "is in model and database, no SQL file makes it",
    (
        EXTRA,
        Verdict.MIGRATION_FORGOTTEN,
    ): "is gone from model and database, SQL files still make it",
    (
        MISSING,
        Verdict.CONFLICT,
    ): "is missing in the database, and model and SQL files disagree on it",
    (EXTRA, Verdict.CONFLICT): "is in the database, and model and SQL files disagree on it",
}


def _phrase(aspect: str, found: SchemaObject | None) -> str:
    """Return an aspect's value for a sentence: ``varchar(255)``, ``NOT NULL``, ``no default``."""
    text = value_text(aspect, found)
    if found is None:
        return "absent"
    # Django's own ``default`` is none of the database's.
    words = "database default" if aspect == "default" else aspect.replace("_", " ")
    if not text:
        return f"no {words}"
    if aspect == "type":
        return short_type(text)
    return text if _is_essence(type(found), aspect) else f"{words} {text}"


def _is_essence(of: type[SchemaObject], aspect: str) -> bool:
    """Return whether an aspect's value says what the object is, rather than what it has."""
    return aspect in _ESSENCE or flag_words(of, aspect) is not None


def short_type(name: str) -> str:
    """Return a type as people write it: ``varchar(255)`` for ``character varying(255)``."""
    for long, short in _SHORT_TYPES.items():
        if name.startswith(long):
            return short + name[len(long) :]
    return name
