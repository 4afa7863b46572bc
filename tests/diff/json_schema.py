"""The part of JSON Schema that the package's own schemas use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "null": type(None),
}
_KNOWN = {
    "$schema", "$ref", "$defs", "title", "description", "type", "required", "properties",
    "additionalProperties", "items", "enum", "const", "minimum",
}  # fmt: skip


def complaints(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str = "$") -> list:
    """Return where a value is not as its schema says; a keyword that is not known is one, too."""
    return list(_complaints(value, schema, root, at))


def _complaints(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str) -> Iterator:
    for word in schema.keys() - _KNOWN:
        yield f"{at}: {word} is not checked"
    if "$ref" in schema:
        yield from _complaints(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, at)
    types = schema.get("type", [])
    names = [types] if isinstance(types, str) else types
    if names and not any(_is(value, name) for name in names):
        yield f"{at}: {value!r} is no {names}"
        return
    yield from _bounds(value, schema, at)
    if isinstance(value, dict):
        yield from _members(value, schema, root, at)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _complaints(item, schema.get("items", {}), root, f"{at}[{index}]")


def _bounds(value: Any, schema: dict[str, Any], at: str) -> Iterator:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{at}: {value!r} is below {schema['minimum']}"


def _members(value: dict, schema: dict[str, Any], root: dict[str, Any], at: str) -> Iterator:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}: {name} is missing"
    known = schema.get("properties", {})
    for name, each in value.items():
        if name in known:
            yield from _complaints(each, known[name], root, f"{at}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{at}: {name} is not known"


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool) and name != "boolean":
        return False
    return isinstance(value, _TYPES[name])
