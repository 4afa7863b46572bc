"""What a missing table or column may have become: something else by another name."""

from __future__ import annotations

from collections.abc import Iterator

from schema_tools.django_models.origins import Origins
from schema_tools.keys import Key
from schema_tools.schema.comparison.disagreement import EXTRA, MISSING, Disagreement
from schema_tools.schema.comparison.sides import table_of
from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import Schema, table_key
from schema_tools.schema.renames import find_renames
from schema_tools.services.cause import Because

_NAMED = frozenset({"constraint", "index"})


def became(found: Disagreement, origins: Origins) -> Iterator[Because]:
    """Yield what may have been renamed, by hand or by a migration, with the way back."""
    if found.aspect == MISSING and found.key.kind == "table":
        yield from _table(found, origins)
    elif found.aspect in {MISSING, EXTRA} and found.key.kind == "column":
        yield from _column(found)


def _column(found: Disagreement) -> Iterator[Because]:
    """Yield the only other column of the table that is as this one, but for its name."""
    table = table_key(found.key.schema, found.key.table)
    live, models = (
        _columns_of(table, side) for side in (found.sides.live, found.sides.models_live)
    )
    for old, new in find_renames(live, models, by_place=False).items():
        rename = kinds()[old.kind].rename
        if found.key in (old, new) and rename is not None:
            yield Because(
                f"{old.name} may be {new.name} by another name, with its rows. Where it is: "
                f"{rename(old, new.name)};",
                is_meant=True,
            )


def _columns_of(table: Key, schema: Schema) -> Schema:
    """Return a table with its columns alone."""
    members = schema.of_table(table)
    columns = {key: each for key, each in members if key.kind == "column"}
    there = {table: schema.objects[table]} if table in schema else {}
    return Schema(objects={**there, **columns}, server_version=schema.server_version)


def _table(found: Disagreement, origins: Origins) -> Iterator[Because]:
    """Yield the table that a missing one may have become: names of its own are there, on that.

    Names of constraints and indexes stay where a table is renamed, and cannot be given twice.
    """
    key, live = found.key, found.sides.live
    names = {member.name for member, _found in found.sides.models_live.of_table(key)}
    others = (
        each
        for each in live.objects
        if each.kind in _NAMED and each.name in names and each.schema == key.schema
    )
    there = next((table_of(each) for each in others if each.table != key.name), None)
    if there is None:
        return
    begin = f"{there.name} has constraints or indexes of its names, so that this may have become "
    if origins.model_of(there) is None:
        rename = kinds()["table"].rename
        statement = rename(there, key.name) if rename else ""
        yield Because(f"{begin}that one. Where it has, rename it: {statement};", is_meant=True)
    else:
        yield Because(
            f"{begin}that one, which has a model of its own. An entry in IGNORE accepts that "
            "nothing is left here.",
            is_meant=True,
        )
