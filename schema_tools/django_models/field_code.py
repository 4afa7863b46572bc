"""The field of a model, or the entry of its Meta, that states what a database has."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping

from django.db import models

from schema_tools.django_models.check_code import condition_code
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.kinds.constraint import Constraint
from schema_tools.schema.kinds.index import Index
from schema_tools.schema.objects import SchemaObject

# Django documentation, "Model field reference" and "PostgreSQL specific model fields"; what
# format_type prints, and the class that makes a column of it.
_CLASSES = {
    "bigint": "models.BigIntegerField",
    "boolean": "models.BooleanField",
    "bytea": "models.BinaryField",
    "character varying": "models.CharField",
    "date": "models.DateField",
    "double precision": "models.FloatField",
    "inet": "models.GenericIPAddressField",
    "integer": "models.IntegerField",
    "interval": "models.DurationField",
    "jsonb": "models.JSONField",
    "smallint": "models.SmallIntegerField",
    "text": "models.TextField",
    "time without time zone": "models.TimeField",
    "timestamp with time zone": "models.DateTimeField",
    "uuid": "models.UUIDField",
    "daterange": "DateRangeField",
    "hstore": "HStoreField",
    "int4range": "IntegerRangeField",
    "int8range": "BigIntegerRangeField",
    "numrange": "DecimalRangeField",
    "tstzrange": "DateTimeRangeField",
    "tsvector": "SearchVectorField",
}
_IDENTITIES = {
    "bigint": "models.BigAutoField",
    "integer": "models.AutoField",
    "smallint": "models.SmallAutoField",
}
_ON_DELETE = {
    "CASCADE": "models.CASCADE",
    "RESTRICT": "models.RESTRICT",
    "SET NULL": "models.SET_NULL",
    "SET DEFAULT": "models.SET_DEFAULT",
}
# Whose subclasses take the same arguments.
_TAKING = {
    "models.CharField": (models.CharField, models.FileField),
    "models.DecimalField": (models.DecimalField,),
}
_LENGTH = re.compile(r"character varying\((\d+)\)")
_DECIMAL = re.compile(r"numeric\((\d+),(-?\d+)\)")
_KEYS = re.compile(r"\(([\w, ]+)\)")
_KEY = re.compile(r"([a-z_]\w*)( DESC)?")


def type_code(column: Column, field: models.Field[object, object] | None = None) -> str | None:
    """Return ``models.CharField(max_length=20)``, None where no field of Django's makes the type.

    Of a field that is there, and can make it, only the arguments: an EmailField shall stay one.
    Fields of ``django.contrib.postgres`` are named by their class alone.
    """
    counted = isinstance(field, models.AutoField | models.BigAutoField | models.SmallAutoField)
    made = (_counting(column) if counted else None) or _made(column)
    if made is None:
        return None
    kind, arguments = made
    if arguments and isinstance(field, _TAKING.get(kind, ())):
        return ", ".join(arguments)
    if field is not None and field.primary_key:
        arguments = [*dict.fromkeys((*arguments, "primary_key=True"))]
    return _call(kind, arguments)


def field_code(column: Column, foreign: tuple[str, Constraint] | None = None) -> str | None:
    """Return the line that adds a column to a model: ``phone = models.CharField(…)``.

    ``foreign`` is the label of the model that the column's foreign key refers to, and that key.
    None where no field of Django's makes such a column.
    """
    made = _foreign(*foreign) if foreign else _made(column)
    if made is None or column.generated is not None:
        return None
    kind, arguments = made
    stated = list(arguments)
    name = _name(column.name.removesuffix("_id") if foreign else column.name)
    if column.name != (f"{name}_id" if foreign else name):
        stated.append(f"db_column={column.name!r}")
    if column.nullable:
        stated += ["null=True", "blank=True"]
    if column.default is not None:
        stated.append(f"db_default=RawSQL({column.default!r}, [])")
    if column.collation is not None:
        stated.append(f"db_collation={_bare(column.collation)!r}")
    if column.comment is not None:
        stated.append(f"db_comment={column.comment!r}")
    return f"{name} = {_call(kind, stated)}"


def meta_code(found: SchemaObject | None, name: str, names: Mapping[str, str]) -> str | None:
    """Return the entry of Meta that states an index, a unique constraint or a check, if plain.

    ``names`` are the model's fields by column.
    """
    if isinstance(found, Index):
        fields = _fields(found.keys, names)
        plain = found.method == "btree" and not (found.predicate or found.options or found.unique)
        if fields and plain:
            stated = f", name={name!r}" if takes_index_name(name) else ""
            return f"Meta.indexes: models.Index(fields={fields!r}{stated})"
    if isinstance(found, Constraint) and found.type == "unique" and not found.deferrable:
        fields = _fields((found.definition or "").removeprefix("UNIQUE "), names)
        if fields:
            return f"Meta.constraints: models.UniqueConstraint(fields={fields!r}, name={name!r})"
    if isinstance(found, Constraint) and found.type == "check":
        condition = condition_code(found, names)
        if condition:
            return (
                f"Meta.constraints: models.CheckConstraint(condition={condition}, name={name!r})"
            )
    return None


def takes_index_name(name: str) -> bool:
    """Return whether Django takes a name in ``Meta.indexes`` (system checks models.E033, E034)."""
    return len(name) <= models.Index.max_name_length and not re.match(r"[_\d]", name)


def _made(column: Column) -> tuple[str, list[str]] | None:
    return _of_type(column.type) if column.identity is None else _counting(column)


def _counting(column: Column) -> tuple[str, list[str]] | None:
    made = _IDENTITIES.get(column.type)
    return (made, ["primary_key=True"]) if made else None


def _of_type(text: str) -> tuple[str, list[str]] | None:
    if text.endswith("[]"):
        base = _of_type(text.removesuffix("[]"))
        return base and ("ArrayField", [_call(*base)])
    if text in _CLASSES:
        return _CLASSES[text], []
    if match := _LENGTH.fullmatch(text):
        return "models.CharField", [f"max_length={match[1]}"]
    if match := _DECIMAL.fullmatch(text):
        return "models.DecimalField", [f"max_digits={match[1]}", f"decimal_places={match[2]}"]
    return None


def _foreign(model: str, constraint: Constraint) -> tuple[str, list[str]]:
    on_delete = _ON_DELETE.get(constraint.on_delete or "", "models.DO_NOTHING")
    return "models.ForeignKey", [repr(model), f"on_delete={on_delete}"]


def _call(kind: str, arguments: list[str]) -> str:
    return f"{kind}({', '.join(arguments)})"


def _name(column: str) -> str:
    """Return a name that Django takes for a field: no keyword, no double or last underscore."""
    name = re.sub(r"_+", "_", re.sub(r"\W", "_", column)).strip("_").lower() or "field"
    return f"{name}_field" if keyword.iskeyword(name) or not name.isidentifier() else name


def _bare(collation: str) -> str:
    return collation.rpartition(".")[2].strip('"')


def _fields(keys: str | None, names: Mapping[str, str]) -> list[str]:
    """Return the fields of ``(a, b DESC)`` as Django writes them, none where there is more."""
    match = _KEYS.fullmatch(keys or "")
    found = [_KEY.fullmatch(each) for each in match[1].split(", ")] if match else []
    fields = [
        f"{'-' if each[2] else ''}{names[each[1]]}" for each in found if each and each[1] in names
    ]
    return fields if len(fields) == len(found) else []
