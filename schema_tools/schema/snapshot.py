"""A schema as a file, the same bytes on every machine for the same schema, and back.

The first line is a header: the format, the major version of the server that printed the texts, and
what each kind was asked for. Then each object has a line, in the order of their keys, with the
fields that differ from their defaults; the last line says how many there are and holds a checksum
of all before it. A field that a kind gets later is taken at its default, and is not compared with
a snapshot that does not know it. Changing a default that is there already needs a new
``FORMAT_VERSION``.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from operator import attrgetter
from typing import Any

from schema_tools.errors import ConfigurationError
from schema_tools.keys import Key
from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import Schema, SchemaObject

FORMAT_VERSION = 1
TOOL = "django-schema-tools"

_PLACE = ("schema", "table", "name")
_MAJOR = 10000  # 180006 is a minor version of 18
_MAKE_ANEW = "Make it anew: manage.py schema_snapshot --of migrations --output {path}"
_NEWER = "Update django-schema-tools to the version that made it, or make it anew with this one."

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A schema as a file holds it; ``aspects`` are the fields that it knows of each kind."""

    schema: Schema
    aspects: Mapping[str, frozenset[str]]

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return what this program reads of a database and the snapshot does not know."""
        return tuple(
            f"{kind}.{aspect}" if kind in self.aspects else kind
            for kind, shape in _shapes().items()
            for aspect in (_news(shape, self.aspects[kind]) if kind in self.aspects else ("",))
        )

    def cut(self, other: Schema) -> Schema:
        """Return another schema without what the snapshot does not know."""
        news = {kind: tuple(_news(_shapes()[kind], known)) for kind, known in self.aspects.items()}
        if news.keys() >= _shapes().keys() and not any(news.values()):
            return other
        objects = {
            key: _without(found, news[key.kind])
            for key, found in other.objects.items()
            if key.kind in news
        }
        return Schema(objects, other.server_version)


def _news(shape: Mapping[str, object], known: frozenset[str]) -> Iterator[str]:
    return (name for name in shape if name not in known and name not in _PLACE)


def _without(found: SchemaObject, aspects: Sequence[str]) -> SchemaObject:
    shape = _shape(type(found))
    return replace(found, **{name: shape[name] for name in aspects}) if aspects else found


def write_snapshot(schema: Schema) -> bytes:
    """Return the bytes of a schema's snapshot."""
    header = {
        "tool": TOOL,
        "format_version": FORMAT_VERSION,
        "server_version": schema.server_version // _MAJOR,
        "kinds": {
            name: [aspect for aspect in shape if aspect not in _PLACE]
            for name, shape in sorted(_shapes().items())
        },
    }
    keys = sorted(schema.objects, key=attrgetter("kind", "schema", "table", "name"))
    lines = [_encode(header), *(_line(key, schema.objects[key]) for key in keys)]
    body = "".join(f"{line}\n" for line in lines).encode()
    end = {"objects": len(schema.objects), "sha256": hashlib.sha256(body).hexdigest()}
    return body + _encode(end).encode() + b"\n"


def _line(key: Key, found: SchemaObject) -> str:
    values = {
        name: value
        for name, default in _shape(type(found)).items()
        if (value := getattr(found, name)) is not default and value != default
    }
    return _encode({key.kind: values})


def read_snapshot(data: bytes, path: str) -> Snapshot:
    """Return what the bytes of a snapshot say; ``path`` names them in an error.

    Raises ConfigurationError for what is no snapshot, or one that is cut off, edited or made by a
    newer version, with the line and what to do.
    """
    lines = _text(data, path).split("\n")
    header = _header(lines[0], path)
    known = _aspects(header, path)
    _check_end(lines, path)
    shapes = _shapes()
    objects: dict[Key, SchemaObject] = {}
    for number, line in enumerate(lines[1:-2], start=2):
        try:
            ((kind, values),) = json.loads(line).items()
            found = kinds()[kind].type(**{name: _frozen(each) for name, each in values.items()})
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _faulty(line, shapes, f"{path}:{number}", path) from error
        objects[kinds()[kind].key(found)] = found
    return Snapshot(Schema(objects, header["server_version"] * _MAJOR), known)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if type(value) is list else value


def _text(data: bytes, path: str) -> str:
    """Return the text; a checkout on Windows may have given its lines another end."""
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            "this is no snapshot: it is not UTF-8",
            where=f"{path}:{line}",
            hint=_MAKE_ANEW.format(path=path),
        ) from None


def _header(line: str, path: str) -> dict[str, Any]:
    header = _parsed(line)
    if not isinstance(header, dict) or header.get("tool") != TOOL:
        raise ConfigurationError(
            "this is no snapshot of a schema" if line else "this file is empty, it is no snapshot",
            where=f"{path}:1",
            hint=_MAKE_ANEW.format(path=path),
        )
    version = header.get("format_version")
    if version != FORMAT_VERSION:
        raise ConfigurationError(
            f"this snapshot has the format {version}, and this version of {TOOL} reads "
            f"{FORMAT_VERSION}",
            where=f"{path}:1",
            hint=_NEWER,
        )
    return header


def _aspects(header: Mapping[str, Any], path: str) -> dict[str, frozenset[str]]:
    """Return what the header says of each kind; all of it must be known here."""
    major, listed = header.get("server_version"), header.get("kinds")
    if not isinstance(major, int) or not isinstance(listed, dict):
        raise _edited(f"{path}:1", "the header is not complete", path)
    shapes = _shapes()
    for kind, aspects in listed.items():
        strange = [kind] if kind not in shapes else [*(set(aspects) - shapes[kind].keys())]
        if strange:
            what = "kind" if kind not in shapes else f"aspect of {kind}"
            raise ConfigurationError(
                f"this version of {TOOL} does not know the {what} {min(strange)!r}",
                where=f"{path}:1",
                hint=_NEWER,
            )
    return {kind: frozenset(aspects) for kind, aspects in listed.items()}


def _check_end(lines: Sequence[str], path: str) -> None:
    """Compare the checksum, so that no change goes unseen."""
    end = _parsed(lines[-2]) if len(lines) > 2 and not lines[-1] else None
    if not isinstance(end, dict) or "sha256" not in end:
        raise ConfigurationError(
            "this snapshot is cut off: its last line, with the checksum, is missing",
            where=f"{path}:{max(len(lines) - (not lines[-1]), 1)}",
            hint=_MAKE_ANEW.format(path=path),
        )
    body = "".join(f"{line}\n" for line in lines[:-2])
    if hashlib.sha256(body.encode()).hexdigest() == end["sha256"]:
        return
    for number, line in enumerate(lines[:-2], start=1):
        if _parsed(line) is None:
            raise _edited(f"{path}:{number}", "this line is not JSON", path)
    count = len(lines) - 3
    where = f"{path}:{len(lines) - 1}"
    if end.get("objects") != count:
        raise _edited(where, f"{end.get('objects')} objects were written, {count} are there", path)
    raise _edited(where, "the checksum is another", path)


def _edited(where: str, what: str, path: str) -> ConfigurationError:
    return ConfigurationError(
        f"this snapshot was changed after it was made: {what}",
        where=where,
        hint=f"A snapshot is not edited or merged. {_MAKE_ANEW.format(path=path)}",
    )


def _faulty(
    line: str, shapes: Mapping[str, Mapping[str, object]], where: str, path: str
) -> ConfigurationError:
    """Return what is wrong with the line of an object."""
    record = _parsed(line)
    pairs = list(record.items()) if isinstance(record, dict) else []
    if len(pairs) != 1 or not isinstance(pairs[0][1], dict):
        return _edited(where, "this line is no object", path)
    kind, values = pairs[0]
    if kind not in shapes:
        return ConfigurationError(f"there is no kind {kind!r}", where=where, hint=_NEWER)
    strange = sorted(values.keys() - shapes[kind].keys())
    if strange:
        return ConfigurationError(
            f"there is no aspect {strange[0]!r} of {kind}", where=where, hint=_NEWER
        )
    lacking = [
        name
        for name, default in shapes[kind].items()
        if default is _REQUIRED and name not in values
    ]
    return ConfigurationError(
        f"this {kind} has no {', '.join(lacking) or 'values that can be used'}",
        where=where,
        hint=_MAKE_ANEW.format(path=path),
    )


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _shapes() -> dict[str, Mapping[str, object]]:
    return {name: _shape(kind.type) for name, kind in kinds().items()}


@functools.cache
def _shape(of: type[SchemaObject]) -> Mapping[str, object]:
    """Return the fields of a kind of object with their defaults: its place, then by name."""
    defaults: dict[str, object] = {}
    for each in fields(of):
        if each.default_factory is not MISSING:
            defaults[each.name] = each.default_factory()
        else:
            defaults[each.name] = _REQUIRED if each.default is MISSING else each.default
    rest = sorted(name for name in defaults if name not in _PLACE)
    return {name: defaults[name] for name in (*_PLACE, *rest)}
