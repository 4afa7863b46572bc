"""Snapshots: the same bytes for the same schema, all of it back, and no damage unseen."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import fields
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema_tools.errors import ConfigurationError
from schema_tools.schema import snapshot
from schema_tools.schema.kinds import kinds
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.kinds.constraint import Constraint
from schema_tools.schema.kinds.schema import Namespace
from schema_tools.schema.kinds.table import Table
from schema_tools.schema.objects import Kind, Schema, SchemaObject
from schema_tools.schema.snapshot import read_snapshot, write_snapshot

KINDS = sorted(kinds())


def schema(*objects: SchemaObject, version: int = 180006) -> Schema:
    by_type = {kind.type: kind for kind in kinds().values()}
    return Schema({by_type[type(each)].key(each): each for each in objects}, version)


def every_field(found: SchemaObject) -> dict[str, object]:
    """Return all values, those that do not count in a comparison as well."""
    return {each.name: getattr(found, each.name) for each in fields(found)}


def objects_of(kind: Kind) -> st.SearchStrategy[SchemaObject]:
    hints = get_type_hints(kind.type)
    return st.builds(
        kind.type, **{each.name: st.from_type(hints[each.name]) for each in fields(kind.type)}
    )


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=settings().max_examples // 5)  # of every kind
@given(data=st.data())
def test_every_kind_comes_back_as_it_was(name: str, data: st.DataObject) -> None:
    kind = kinds()[name]
    found = data.draw(st.lists(objects_of(kind), max_size=3))
    objects = {kind.key(each): each for each in found}
    written = write_snapshot(Schema(objects, 170004))
    after = read_snapshot(written, "x").schema
    assert {
        key: every_field(each) for key, each in {**after.objects, **after.inherited}.items()
    } == {key: every_field(each) for key, each in objects.items()}
    assert not any(getattr(each, "inherited", False) for each in after.objects.values())
    assert after.server_version == 170000
    assert write_snapshot(after) == written
    assert len(written.split(b"\n")) == len(objects) + 3


TABLE = Table(schema="public", name="t")
ID = Column(schema="public", table="t", name="id", type="bigint", nullable=False, position=1)
KEY = Constraint(
    schema="public", table="t", name="t_pkey", type="primary key", definition="PRIMARY KEY (id)",
    columns=("id",),
)  # fmt: skip
SMALL = schema(TABLE, ID, KEY)


def test_bytes_are_the_same_whatever_the_order_and_the_minor_version() -> None:
    assert write_snapshot(schema(KEY, ID, TABLE, version=180001)) == write_snapshot(SMALL)
    assert write_snapshot(schema(KEY, ID, TABLE, version=170001)) != write_snapshot(SMALL)


def test_a_line_is_an_object_with_what_differs_from_its_defaults() -> None:
    lines = write_snapshot(SMALL).decode().split("\n")
    assert lines[1] == (
        '{"column":{"schema":"public","table":"t","name":"id","nullable":false,"position":1,'
        '"type":"bigint"}}'
    )
    assert lines[3] == '{"table":{"schema":"public","name":"t"}}'
    header = json.loads(lines[0])
    assert (header["tool"], header["format_version"], header["server_version"]) == (
        "django-schema-tools", 1, 18,
    )  # fmt: skip
    assert json.loads(lines[4])["objects"] == 3
    assert lines[5:] == [""]


def test_texts_with_the_line_ends_of_unicode_stay_on_their_line() -> None:
    odd = Table(schema="public", name="a\u2028b\u0085c", comment="\n\r\x00\"\\'é🔄")
    written = write_snapshot(schema(odd))
    assert len(written.split(b"\n")) == 4
    assert list(read_snapshot(written, "x").schema.objects.values()) == [odd]


def test_a_checkout_with_other_line_ends_is_read() -> None:
    written = b"\xef\xbb\xbf" + write_snapshot(SMALL).replace(b"\n", b"\r\n")
    assert read_snapshot(written, "x").schema.fingerprint() == SMALL.fingerprint()


def edited(*, line: int, **changes: Any) -> bytes:
    """Return the small snapshot with another line, and a checksum that fits."""
    lines = write_snapshot(SMALL).decode().split("\n")[:-2]
    record = json.loads(lines[line - 1])
    inner = record if line == 1 else next(iter(record.values()))
    inner.update(changes)
    lines[line - 1] = json.dumps({key: each for key, each in record.items() if each is not None})
    return signed("".join(f"{each}\n" for each in lines).encode())


def signed(body: bytes) -> bytes:
    end = {"objects": body.count(b"\n") - 1, "sha256": hashlib.sha256(body).hexdigest()}
    return body + json.dumps(end, separators=(",", ":")).encode() + b"\n"


WRITTEN = write_snapshot(SMALL)
LINES = WRITTEN.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("data", "where", "what", "hint"),
    [
        (b"", 1, "nothing in this file", "schema_snapshot --of"),
        (b"CREATE TABLE t ();\n", 1, "no snapshot", "schema_snapshot --of"),
        (b'{"tool": "pg_dump"}\n', 1, "no snapshot", "schema_snapshot --of"),
        (b"\n\xff\n", 2, "not UTF-8", "schema_snapshot --of"),
        (edited(line=1, format_version=2), 1, "has the format 2", "Update django-schema-tools"),
        (edited(line=1, server_version=None), 1, "header is not complete", "not edited"),
        (edited(line=1, kinds={"soup": []}), 1, "knows no kind 'soup'", "Update"),
        (edited(line=1, kinds={"table": ["legs"]}), 1, "no aspect 'legs' of table", "Update"),
        (b"".join(LINES[:3]), 3, "cut off", "schema_snapshot --of"),
        (WRITTEN[:-20], 5, "cut off", "schema_snapshot --of"),
        (LINES[0], 1, "cut off", "schema_snapshot --of"),
        (WRITTEN.replace(b"bigint", b"integer"), 5, "the checksum is another", "not edited"),
        (b"".join([*LINES[:2], *LINES[3:]]), 5 - 1, "3 objects were written, 2 are", "not edited"),
        (b"".join([*LINES[:2], b"<<<<<<< HEAD\n", *LINES[2:]]), 3, "not JSON", "not edited"),
        (edited(line=2, legs=4), 2, "no aspect 'legs' of column", "Update"),
        (signed(LINES[0] + LINES[1] + b'{"soup":{}}\n' + LINES[3]), 3, "no kind 'soup'", "Update"),
        (signed(LINES[0] + b"[]\n" + LINES[2] + LINES[3]), 2, "no object", "not edited"),
        (signed(LINES[0] + b'{"column":{"schema":"a"}}\n'), 2, "has no name, type", "anew"),
    ],
)  # fmt: skip
def test_damage_is_named_with_its_line(data: bytes, where: int, what: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_snapshot(data, "db.jsonl")
    assert caught.value.where == f"db.jsonl:{where}"
    assert what in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize("data", [b"import os\n", b"\xff\n"])
def test_no_hint_says_to_write_over_what_is_no_snapshot(data: bytes) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_snapshot(data, "manage.py")
    assert "--output manage.py" not in caught.value.hint
    assert caught.value.hint.endswith("--of migrations --output FILE")


def test_no_changed_byte_goes_unseen() -> None:
    for at, byte in enumerate(WRITTEN):
        changed = WRITTEN[:at] + bytes([byte ^ 1]) + WRITTEN[at + 1 :]
        with pytest.raises(ConfigurationError):
            read_snapshot(changed, "x")


def test_no_missing_end_goes_unseen() -> None:
    for length in range(len(WRITTEN)):
        with pytest.raises(ConfigurationError):
            read_snapshot(WRITTEN[:length], "x")


def test_what_an_older_version_did_not_know_is_not_compared() -> None:
    header = json.loads(LINES[0])
    header["kinds"]["column"].remove("comment")
    del header["kinds"]["enum"]
    old = read_snapshot(signed(json.dumps(header).encode() + b"\n" + b"".join(LINES[1:4])), "x")
    assert old.schema.fingerprint() == SMALL.fingerprint()
    assert set(old.unknown) == {"column.comment", "enum"}
    mood = kinds()["enum"].type(schema="public", name="mood", labels=("a",))
    said = Column(**{**every_field(ID), "comment": "said"})
    now = schema(TABLE, said, KEY, mood)
    assert old.cut(now).fingerprint() == SMALL.fingerprint()
    assert now.fingerprint() != SMALL.fingerprint()


def test_nothing_is_cut_where_all_is_known() -> None:
    read = read_snapshot(WRITTEN, "x")
    assert read.unknown == ()
    assert read.cut(SMALL) is SMALL


def test_the_schemas_that_were_read_are_known() -> None:
    spaces = [
        Namespace(schema="", name=name, is_read=read)
        for name, read in (("app", True), ("other", False))
    ]
    assert read_snapshot(write_snapshot(schema(TABLE, *spaces)), "x").schemas == ("app", "public")


def test_lines_are_read_in_groups_and_the_bad_one_is_found(monkeypatch) -> None:
    monkeypatch.setattr(snapshot, "_AT_ONCE", 2)
    assert read_snapshot(WRITTEN, "x").schema.fingerprint() == SMALL.fingerprint()
    with pytest.raises(ConfigurationError, match=r"x:4: .*no aspect 'legs' of table"):
        read_snapshot(edited(line=4, legs=4), "x")


def test_ten_times_as_many_objects_take_about_ten_times_as_long() -> None:
    def seconds(count: int) -> float:
        columns = (Column(schema="public", table=f"t{i // 20}", name=f"c{i}", type="integer")
                   for i in range(count))  # fmt: skip
        large = schema(*columns)
        start = time.process_time()
        read = read_snapshot(write_snapshot(large), "x").schema
        taken = time.process_time() - start
        assert read.objects == large.objects
        return taken

    few = min(seconds(1_000) for _ in range(3))
    assert min(seconds(10_000) for _ in range(2)) < 50 * few  # a square would be 100
