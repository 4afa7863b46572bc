"""A schema as a file, the same bytes on every machine for the same schema, and back.

The first line is a header: the format, the major version of the server that printed the texts, and
what each kind was asked for. Then each object has a line, in the order of their keys, with the
fields that differ from their defaults; the last line says how many there are and holds a checksum
of all before it. A field that a kind gets later is taken at its default, and is not compared with
a snapshot that does not know it. Changing a default that is there already needs a new
``FORMAT_VERSION``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any

from schema_tools.errors import ConfigurationError
from schema_tools.keys import Key
from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import Schema, SchemaObject
from schema_tools.schema.shapes import shapes

FORMAT_VERSION = 1
TOOL = "django-schema-tools"

_MAJOR = 10000  # 180006 is a minor version of 18
_AT_ONCE = 500  # lines that are parsed in one go: faster than one by one, and little memory
_MAKE_ANEW = "Make it anew: manage.py schema_snapshot --of migrations --output {path}"
_ANOTHER = (
    "Name a file that schema_snapshot has written. To write one: manage.py schema_snapshot --of "
    "migrations --output FILE"
)
_NEWER = "Update django-schema-tools to the version that made it, or make it anew with this one."

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A schema as a file holds it; ``aspects`` are the fields that it knows of each kind."""

    schema: Schema
    aspects: Mapping[str, frozenset[str]]

    @property
    def schemas(self) -> tuple[str, ...]:
        """Return the names of the schemas that were read."""
        named = {key.schema for key in self.schema.objects if key.schema}
        named |= {
            key.name
            for key, found in self.schema.objects.items()
            if key.kind == "schema" and getattr(found, "is_read", True)
        }
        return tuple(sorted(named))

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return what this program reads of a database and the snapshot does not know."""
        return tuple(
            f"{kind}.{aspect}" if aspect else kind
            for kind, shape in shapes().items()
            for aspect in (shape.beyond(self.aspects[kind]) if kind in self.aspects else ("",))
        )

    def cut(self, other: Schema) -> Schema:
        """Return another schema without what the snapshot does not know."""
        if not self.unknown:
            return other
        news = {kind: shapes()[kind].beyond(known) for kind, known in self.aspects.items()}
        objects = {
            key: replace(found, **news[key.kind]) if news[key.kind] else found
            for key, found in other.objects.items()
            if key.kind in news
        }
        return replace(other, objects=objects)


def write_snapshot(schema: Schema) -> bytes:
    """Return the bytes of a schema's snapshot."""
    header = {
        "tool": TOOL,
        "format_version": FORMAT_VERSION,
        "server_version": schema.server_version // _MAJOR,
        "kinds": {kind: [*shape.beyond(frozenset())] for kind, shape in shapes().items()},
    }
    objects = {**schema.objects, **schema.inherited}
    keys = sorted(objects, key=attrgetter("kind", "schema", "table", "name"))
    lines = [_encode(header), *(_line(key.kind, objects[key]) for key in keys)]
    body = "".join(f"{line}\n" for line in lines).encode()
    return body + f"{_end(body, len(keys))}\n".encode()


def _end(body: bytes, objects: int) -> str:
    """Return the last line, for all the lines before it."""
    return _encode({"objects": objects, "sha256": hashlib.sha256(body).hexdigest()})


def _line(kind: str, found: SchemaObject) -> str:
    shape = shapes()[kind]
    values = [
        f"{label}{_json(value)}"
        for label, default, value in zip(
            shape.labels, shape.defaults, shape.values(found), strict=True
        )
        if value is not default and value != default
    ]
    return f"{{{encode_basestring(kind)}:{{{','.join(values)}}}}}"


def _json(value: object) -> str:
    """Return what ``_encode`` does, faster for what there is most of."""
    if type(value) is str:
        return encode_basestring(value)
    if value is True or value is False:
        return "true" if value else "false"
    return _encode(value)


def read_snapshot(data: bytes, path: str) -> Snapshot:
    """Return what the bytes of a snapshot say; ``path`` names them in an error.

    Raises ConfigurationError for what is no snapshot, or one that is cut off, edited or made by a
    newer version, with the line and what to do.
    """
    lines = _text(data, path).split("\n")
    header = _header(lines[0], path)
    aspects = _aspects(header, path)
    _check_end(lines, path)
    objects: dict[Key, SchemaObject] = {}
    texts: dict[str, str] = {}
    for start in range(1, len(lines) - 2, _AT_ONCE):
        group = lines[start : min(start + _AT_ONCE, len(lines) - 2)]
        try:
            objects.update(_objects(group, texts))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _faulty(group, start + 1, path) from error
    inherited = {key: each for key, each in objects.items() if getattr(each, "inherited", False)}
    for key in inherited:
        del objects[key]
    version = header["server_version"] * _MAJOR
    return Snapshot(Schema(objects, version, inherited=inherited), aspects)


def _objects(lines: Sequence[str], texts: dict[str, str]) -> Iterator[tuple[Key, SchemaObject]]:
    """Yield the objects of lines; equal texts share their memory."""
    known, shared = kinds(), texts.setdefault
    for record in json.loads(f"[{','.join(lines)}]"):
        ((name, values),) = record.items()
        kind = known[name]
        for field, value in values.items():
            if type(value) is str:
                values[field] = shared(value, value)
            elif type(value) is list:
                values[field] = _frozen(value)
        found = kind.type(**values)
        yield kind.key(found), found


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _text(data: bytes, path: str) -> str:
    """Return the text; a checkout on Windows may have given its lines another end."""
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _foreign("this is no snapshot: it is not UTF-8", line, path) from None


def _header(line: str, path: str) -> dict[str, Any]:
    header = _parsed(line)
    if not isinstance(header, dict) or header.get("tool") != TOOL:
        if not line:
            raise _unusable("there is nothing in this file", 1, path)
        raise _foreign("this is no snapshot of a schema", 1, path)
    version = header.get("format_version")
    if version != FORMAT_VERSION:
        raise _newer(
            f"this snapshot has the format {version}; this version of {TOOL} reads the format "
            f"{FORMAT_VERSION}",
            1,
            path,
        )
    return header


def _aspects(header: Mapping[str, Any], path: str) -> dict[str, frozenset[str]]:
    """Return what the header says of each kind; all of it must be known here."""
    major, listed = header.get("server_version"), header.get("kinds")
    if not isinstance(major, int) or not isinstance(listed, dict):
        raise _edited("the header is not complete", 1, path)
    known = shapes()
    for kind, aspects in listed.items():
        if kind not in known:
            raise _newer(f"this version of {TOOL} knows no kind {kind!r}", 1, path)
        strange = set(aspects).difference(known[kind].names)
        if strange:
            raise _newer(
                f"this version of {TOOL} knows no aspect {min(strange)!r} of {kind}", 1, path
            )
    return {kind: frozenset(aspects) for kind, aspects in listed.items()}


def _check_end(lines: Sequence[str], path: str) -> None:
    """Compare the checksum, so that no change goes unseen."""
    end = _parsed(lines[-2]) if len(lines) > 2 and not lines[-1] else None
    if not isinstance(end, dict) or "sha256" not in end:
        last = len(lines) if lines[-1] else len(lines) - 1
        raise _unusable("this snapshot is cut off: its last line is no checksum", last, path)
    body = "".join(f"{line}\n" for line in lines[:-2]).encode()
    if lines[-2] == _end(body, len(lines) - 3):
        return
    for number, line in enumerate(lines[:-2], start=1):
        if _parsed(line) is None:
            raise _edited("this line is not JSON", number, path)
    written, there = end.get("objects"), len(lines) - 3
    counted = f"{written} objects were written, {there} are there"
    what = "the checksum is another" if written == there else counted
    raise _edited(what, len(lines) - 1, path)


def _faulty(lines: Sequence[str], first: int, path: str) -> ConfigurationError:
    """Return what is wrong with one of these lines, each of which should be an object."""
    for number, line in enumerate(lines, start=first):
        record = _parsed(line)
        pairs = list(record.items()) if isinstance(record, dict) else []
        if len(pairs) != 1 or not isinstance(pairs[0][1], dict):
            return _edited("this line is no object", number, path)
        kind, values = pairs[0]
        shape = shapes().get(kind)
        if shape is None:
            return _newer(f"this version of {TOOL} knows no kind {kind!r}", number, path)
        strange = values.keys() - {*shape.names}
        if strange:
            what = f"this version of {TOOL} knows no aspect {min(strange)!r} of {kind}"
            return _newer(what, number, path)
        if lacking := shape.lacking(values):
            return _unusable(f"this {kind} has no {', '.join(lacking)}", number, path)
    return _unusable("these objects cannot be read", first, path)


def _foreign(what: str, line: int, path: str) -> ConfigurationError:
    """Return what to say of a file that is somebody else's: nothing is to be written over it."""
    return ConfigurationError(what, where=f"{path}:{line}", hint=_ANOTHER)


def _unusable(what: str, line: int, path: str) -> ConfigurationError:
    return ConfigurationError(what, where=f"{path}:{line}", hint=_MAKE_ANEW.format(path=path))


def _edited(what: str, line: int, path: str) -> ConfigurationError:
    return ConfigurationError(
        f"this snapshot was changed after it was made: {what}",
        where=f"{path}:{line}",
        hint=f"A snapshot is not edited or merged. {_MAKE_ANEW.format(path=path)}",
    )


def _newer(what: str, line: int, path: str) -> ConfigurationError:
    return ConfigurationError(what, where=f"{path}:{line}", hint=_NEWER)


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
