"""What becomes of the values of a PostGIS column whose type changes.

PostGIS documentation, "ST_Transform", "ST_Force2D", "ST_Multi": a type with a reference system, a
dimension or a kind of shape refuses values that have another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TYPE = re.compile(
    r"(?P<schema>(?:\w+|\"[^\"]+\")\.)?(?P<name>geometry|geography)"
    r"(?:\((?P<shape>[A-Za-z]+?)(?P<more>ZM|Z|M)?(?:,(?P<system>\d+))?\))?\Z"
)
_FORCE = {"": "st_force2d", "Z": "st_force3d", "M": "st_force3dm", "ZM": "st_force4d"}
_OF_GEOGRAPHIES = "4326"


@dataclass(frozen=True, slots=True)
class _Spatial:
    """A PostGIS type; ``schema`` is written with its dot, and PostGIS's functions are there."""

    schema: str
    name: str
    shape: str
    more: str
    system: str

    @property
    def is_any(self) -> bool:
        """Return whether it takes values of all systems and dimensions."""
        return not self.shape


def spatial_cast(value: str, before: str, after: str) -> str | None:
    """Return the expression that makes a value of one PostGIS type one of another.

    None where they are not both such types.
    """
    old, new = _read(before), _read(after)
    if old is None or new is None:
        return None
    if old.name == "geography":
        value = f"{value}::{old.schema}geometry"
    if not new.is_any:
        value = _in_system(value, old, new)
        if not old.is_any and old.more != new.more:
            value = f"{new.schema}{_FORCE[new.more]}({value})"
        if new.shape == f"Multi{old.shape}":
            value = f"{new.schema}st_multi({value})"
    return f"{value}::{after}"


def _in_system(value: str, old: _Spatial, new: _Spatial) -> str:
    """Return a value in the reference system of its new type."""
    if old.is_any or old.system == new.system:
        return value
    function = "st_transform" if old.system and new.system else "st_setsrid"
    return f"{new.schema}{function}({value}, {new.system or 0})"


def _read(name: str) -> _Spatial | None:
    match = _TYPE.match(name)
    if match is None:
        return None
    parts = match.groupdict("")
    if parts["name"] == "geography":
        parts["system"] = parts["system"] or _OF_GEOGRAPHIES
    return _Spatial(**parts)
