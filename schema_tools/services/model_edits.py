"""What to write in a model so that it says what the other side says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.db.models import ForeignKey

from schema_tools.django_models.facts import table_of as of_model
from schema_tools.django_models.field_code import (
    field_code,
    meta_code,
    takes_index_name,
    type_code,
)
from schema_tools.django_models.origins import Origins
from schema_tools.findings import Location, Remedy
from schema_tools.keys import Key
from schema_tools.schema.comparison.disagreement import (
    EXTRA,
    MISSING,
    RENAMED,
    Disagreement,
)
from schema_tools.schema.comparison.sides import table_of
from schema_tools.schema.comparison.verdict import Verdict
from schema_tools.schema.comparison.wording import kind_words, value_text
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.kinds.constraint import Constraint
from schema_tools.schema.objects import Schema, column_key
from schema_tools.schema.parts.parents import named_table

_MODEL_IS_WRONG = {Verdict.MODEL_BEHIND, Verdict.MODEL_DIFFERS}
# Folders of programs that a project has only installed.
_INSTALLED = {"site-packages", "dist-packages"}
_DEFAULT_AUTO_FIELD = ", or another default_auto_field in the app's AppConfig"
# How a model states an aspect of a column.
_OPTIONS = {
    "type": ("", "use a field whose db_type() returns {!r}"),
    "nullable": ("", "null={}"),
    "default": ("db_default", "db_default=… for the SQL {}"),
    "comment": ("db_comment", "db_comment=… for the text {}"),
    "collation": ("db_collation", 'db_collation="{}"'),
    "generated": ("GeneratedField", "GeneratedField(expression=…) for the SQL {}"),
    "identity": ("the AutoField", "an AutoField, for an identity {}"),
}


def edits(found: Disagreement, key: Key, origins: Origins) -> Iterator[Remedy]:
    """Yield what to write in the model, where the model may be wrong.

    ``key`` is the one that the models have for the object.
    """
    if not _may_be_edited(found, key, origins):
        return
    model = origins.model_of(table_of(key))
    wanted = None
    right = found.sides.files if found.sides.has_files else found.sides.live
    if found.names is None:
        wanted = value_text(found.aspect, right.get(found.key))
    if model is not None:
        field = origins.field_name(key, table_of(key))
        code = _code(found, key, right, origins) if found.names is None else None
        text = f"{field or model.__name__}: {code}" if code else ""
        text = text or _edit(found, model.__name__, field, wanted)
    elif found.sides.has_files:
        name = found.key.table or found.key.name
        text = f"Write a model with db_table = {name!r}; if none is to have it, say so in IGNORE."
    else:
        text = f"Write a model for it: manage.py inspectdb {table_of(key).name} drafts one."
    yield Remedy("models", "edit", text)


def place_of(found: Disagreement, key: Key, origins: Origins) -> Location | None:
    """Return the place in the code of an object that the models have under this key."""
    example = found.model or found.sides.files.get(found.key) or found.sides.live.get(found.key)
    return origins.locate(key, table_of(key), example)


def _may_be_edited(found: Disagreement, key: Key, origins: Origins) -> bool:
    """Return whether the model may be wrong, and is the project's own.

    Where a database lacks what its model has, that is for the database to get; so is a sequence
    that is not as serial makes it.
    """
    if found.aspect == "identity" and found.tolerated_by:
        return False
    if found.sides.has_files:
        return found.verdict in _MODEL_IS_WRONG
    place = place_of(found, key, origins)
    return found.aspect != MISSING and not (place and _INSTALLED & {*Path(place.path).parts})


def _code(found: Disagreement, key: Key, right: Schema, origins: Origins) -> str | None:
    """Return the field or the entry of Meta to write, None where Django has none that is sure."""
    there = right.get(found.key)
    if isinstance(there, Column) and found.aspect == "type":
        field = origins.field(key, table_of(key))
        if isinstance(field, ForeignKey):
            return _as_referred(there, field, right)
        code = type_code(there, field)
        return f"{code}{_DEFAULT_AUTO_FIELD}" if code and field and field.auto_created else code
    if isinstance(there, Column) and found.aspect == EXTRA:
        return field_code(there, _foreign(there, right, origins))
    if found.aspect == EXTRA:
        return meta_code(there, found.key.name, origins.field_names(table_of(found.key)))
    return None


def _as_referred(column: Column, field: ForeignKey[object, object], right: Schema) -> str:
    """Return what to change where a foreign key has another type: that is no choice of its own."""
    target = field.target_field
    place, name = of_model(target.model, column.schema), f"{target.model.__name__}.{target.name}"
    referred = right.get(column_key(place.schema, place.name, target.column or ""))
    if isinstance(referred, Column) and referred.type == column.type:
        return f"nothing here, it takes its type from {name}: mend that"
    return f"takes its type from {name}: change the column, or let this be no ForeignKey"


def _foreign(column: Column, right: Schema, origins: Origins) -> tuple[str, Constraint] | None:
    """Return the foreign key of a column, with the model that it refers to."""
    for each in right.objects.values():
        if not isinstance(each, Constraint) or each.references is None:
            continue
        if (each.schema, each.table, each.columns) == (
            column.schema,
            column.table,
            (column.name,),
        ):
            model = origins.model_of(named_table(each.references))
            return (model._meta.label, each) if model else None
    return None


def _edit(found: Disagreement, model: str, field: str, wanted: str | None) -> str:
    key, aspect = found.key, found.aspect
    if aspect == RENAMED:
        return _named(key, model, field)
    if aspect == EXTRA:
        if key.kind == "column":
            return f"{model}: add a field for the column {wanted}"
        return f"{model}: state {key.kind} {key.name}: {wanted}"
    if aspect == MISSING:
        return f"{model}: take {field or key.name} out"
    if key.kind == "column":
        return f"{field}: {_option(aspect, wanted)}"
    if (key.kind, aspect) == ("table", "comment"):
        return f"{model}.Meta: db_table_comment = {wanted or ''!r}"
    return f"{model}: let {key.kind} {key.name} have {aspect.replace('_', ' ')} {wanted}"


def _option(aspect: str, wanted: str | None) -> str:
    option, statement = _OPTIONS.get(aspect, (aspect, f"{aspect} {{}}"))
    if wanted is None:
        return f"take {option} out"
    if aspect == "nullable":
        wanted = str(wanted == "nullable")
    elif aspect == "collation":
        wanted = wanted.rpartition(".")[2].strip('"')
    return statement.format(wanted)


def _named(key: Key, model: str, field: str) -> str:
    if key.kind == "column":
        return f"{field or model}: db_column={key.name!r}"
    if key.kind == "table":
        return f"{model}: db_table = {key.name!r}"
    if key.kind == "index" and not takes_index_name(key.name):
        return f"{model}: no name for the index, as Django takes none such as {key.name!r}"
    return f"{model}: name={key.name!r} for the {kind_words(key.kind)}"
