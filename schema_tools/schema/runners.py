"""A schema as it counts where a role is known to run the migrations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from schema_tools.keys import Key
from schema_tools.schema.objects import Schema, SchemaObject


def run_by(schema: Schema, role: str) -> Schema:
    """Return a schema in which a role is named as one in which it stands for the runner.

    A snapshot that was made without the database does not know who runs the migrations there. What
    that role owns has no owner of its own; what it is granted on its own objects, it has anyway.
    """
    if not role:
        return schema
    changes: dict[Key, SchemaObject | None] = {}
    for key, found in schema.objects.items():
        if getattr(found, "owner", None) == role:
            changes[key] = _unowned(found)
        elif key.kind == "grant" and getattr(found, "grantee", "") == role:
            changes[key] = None
    return schema.replaced(changes) if changes else schema


def _unowned(found: SchemaObject) -> SchemaObject:
    changes: dict[str, Any] = {"owner": None}
    return replace(found, **changes)
