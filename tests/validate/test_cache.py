"""What was built before is used again where nothing has changed, and never where something has."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded.binaries import find_binaries
from schema_tools.postgres.embedded.private import PrivateServer
from schema_tools.postgres.scratch_server import Scratch
from schema_tools.services.cache import VARIABLE
from tests.validate.sample import ROOT, run, validated

pytestmark = pytest.mark.db

FILE = "-- Migration: {name}.sql\nBEGIN;\n{up};\nCOMMIT;\n"


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of this test's own."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scratch databases made since, by name."""
    names: list[str] = []
    create = Scratch.create

    def noted(self: Scratch, **more: Any) -> Any:
        database = create(self, **more)
        names.append(database.name)
        return database

    monkeypatch.setattr(Scratch, "create", noted)
    return names


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """The sample's SQL files in a folder of their own."""
    shutil.copytree(ROOT / "migrations_sql", tmp_path / "files")
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(tmp_path / "files")}
    return tmp_path / "files"


def add(folder: Path, name: str, up: str) -> Path:
    path = folder / f"{name}.sql"
    path.write_text(FILE.format(name=name, up=up), encoding="utf-8")
    return path


def entries(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


def is_used(made: list[str], validate: Callable[[], Any]) -> bool:
    """Return whether a validation got by without making anything."""
    del made[:]
    validate()
    return not made


def test_nothing_is_built_and_no_server_reached_where_nothing_has_changed(
    sample, alias: str, folder: Path, cache: Path, made: list[str], monkeypatch
) -> None:
    cold = validated(alias)
    assert len(made) == 2
    assert len(entries(cache)) == 2

    def refuse(*_arguments: object, **_more: object) -> None:
        raise AssertionError("a scratch server is asked for something")

    monkeypatch.setattr(Scratch, "control", refuse)
    assert validated(alias) == cold
    assert validated(alias, "--only", "migrations,database")["findings"] == cold["findings"]


def test_no_cache_neither_reads_nor_writes(
    sample, alias: str, folder: Path, cache: Path, made: list[str]
) -> None:
    validated(alias, "--no-cache")
    assert entries(cache) == []
    validated(alias)
    assert not is_used(made, lambda: validated(alias, "--no-cache"))


def edit(folder: Path, *_more: object) -> None:
    path = folder / "004_add_user_two_factor.sql"
    path.write_text(path.read_text().replace("varchar(64)", "varchar(65)"))


def edit_a_pending_file(folder: Path, *_more: object) -> None:
    add(folder, "005_more", "ALTER TABLE users ADD COLUMN more integer")


def edit_it_again(folder: Path, *_more: object) -> None:
    add(folder, "005_more", "ALTER TABLE users ADD COLUMN more bigint")


def rename(folder: Path, *_more: object) -> None:
    path = folder / "005_more.sql"
    path.rename(folder / "005_other.sql")
    other = folder / "005_other.sql"
    other.write_text(other.read_text().replace("005_more", "005_other"))


def two_more(folder: Path, *_more: object) -> None:
    add(folder, "006_a", "CREATE TABLE IF NOT EXISTS once (a integer)")
    add(folder, "007_b", "CREATE TABLE IF NOT EXISTS once (b integer)")


def reorder(folder: Path, *_more: object) -> None:
    add(folder, "006_a", "CREATE TABLE IF NOT EXISTS once (b integer)")
    add(folder, "007_b", "CREATE TABLE IF NOT EXISTS once (a integer)")


def swap_names(folder: Path, *_more: object) -> None:
    first, second = ((folder / f"{name}.sql").read_text() for name in ("006_a", "007_b"))
    (folder / "006_a.sql").write_text(second.replace("007_b", "006_a"))
    (folder / "007_b.sql").write_text(first.replace("006_a", "007_b"))


def delete(folder: Path, *_more: object) -> None:
    (folder / "007_b.sql").unlink()


def switch_branch(folder: Path, *_more: object) -> None:
    for path in folder.glob("00[5-9]*.sql"):
        path.unlink()
    add(folder, "005_branch", "CREATE TABLE branch (i integer)")


def apply_one_by_hand(_folder: Path, sample: Any, *_more: object) -> None:
    sample.execute(
        "CREATE TABLE branch (i integer);"
        "INSERT INTO schema_migrations (version, name, checksum) VALUES ('005_branch', 'b', '')"
    )


def other_time_zone(folder: Path, sample: Any, *_more: object) -> None:
    add(
        folder,
        "006_time",
        "CREATE TABLE meetings (at timestamptz DEFAULT '2024-07-01 12:00:00'::timestamptz)",
    )
    sample.execute(f"ALTER DATABASE {sample.name} SET timezone = 'Asia/Tokyo'")


def other_search_path(folder: Path, sample: Any, *_more: object) -> None:
    sample.execute(
        f"CREATE SCHEMA apart; ALTER DATABASE {sample.name} SET search_path = public, apart"
    )


def other_schemas(folder: Path, _sample: Any, settings: Any) -> None:
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "SCHEMAS": ["public", "apart"]}
    add(folder, "007_apart", "CREATE SCHEMA apart; CREATE TABLE apart.t (i integer)")


def other_prelude(_folder: Path, _sample: Any, settings: Any) -> None:
    settings.SCHEMA_TOOLS = {
        **settings.SCHEMA_TOOLS,
        "SCRATCH_SQL": ["CREATE TYPE public.made_before AS ENUM ('x')"],
    }


def back_to_the_start(folder: Path, _sample: Any, settings: Any) -> None:
    shutil.rmtree(folder)
    shutil.copytree(ROOT / "migrations_sql", folder)
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": str(folder)}


STEPS = (
    edit_a_pending_file,
    edit_it_again,
    rename,
    two_more,
    reorder,
    swap_names,
    delete,
    switch_branch,
    apply_one_by_hand,
    other_time_zone,
    other_search_path,
    other_schemas,
    other_prelude,
    edit,
    back_to_the_start,
)


def test_no_change_brings_what_is_no_longer_so(
    sample, alias: str, folder: Path, cache: Path, settings
) -> None:
    """The oracle is the same command without a cache, after each step of a long story."""
    told = []
    for step in (lambda *_: None, *STEPS):
        step(folder, sample, settings)
        told.append(validated(alias, "--only", "migrations,database"))
        assert told[-1] == validated(alias, "--only", "migrations,database", "--no-cache"), step
    # That the steps are seen at all is what makes the comparison worth anything.
    changed = [first != second for first, second in pairwise(told)]
    assert changed.count(False) <= 2, dict(zip(STEPS, changed, strict=True))


def test_what_was_built_for_another_branch_is_still_known(
    sample, alias: str, folder: Path, cache: Path, made: list[str]
) -> None:
    validated(alias)
    path = add(folder, "005_branch", "CREATE TABLE branch (i integer)")
    assert not is_used(made, lambda: validated(alias))
    path.unlink()
    assert is_used(made, lambda: validated(alias))


def test_models_are_built_on_the_files_again_where_only_they_have_changed(
    sample, copy: Path, cache: Path
) -> None:
    assert run(copy, sample.url, "validate_schema").returncode == 0
    for path, old, new in (
        ("authservice/models/user.py", "bio = models.TextField", "bio = models.BinaryField"),
        ("authservice/fields.py", "return self.", "return 'varchar(3)' if True else self."),
    ):
        edited = copy / path
        text = edited.read_text(encoding="utf-8")
        assert old in text
        edited.write_text(text.replace(old, new), encoding="utf-8")
        done = run(copy, sample.url, "validate_schema", "--format", "json")
        assert done.returncode == 1, done.stderr
        plain = run(copy, sample.url, "validate_schema", "--format", "json", "--no-cache")
        assert done.stdout == plain.stdout
        edited.write_text(text, encoding="utf-8")
        assert run(copy, sample.url, "validate_schema").returncode == 0


@pytest.fixture(scope="session")
def other_server(server: Any) -> Iterator[PrivateServer]:
    """A server of another major version, where this machine has one."""
    for folder in (None, *Path("/usr/lib/postgresql").glob("*/bin")):
        try:
            binaries = find_binaries(folder)
        except Unavailable:
            continue
        if binaries.major != server.version // 10000:
            private = PrivateServer(binaries)
            yield private
            private.stop()
            return
    pytest.skip("NOT RUN: this machine has PostgreSQL of one major version only")


def test_another_server_version_builds_its_own(
    sample, alias: str, folder: Path, cache: Path, made: list[str], settings, other_server
) -> None:
    first = validated(alias)
    given = settings.SCHEMA_TOOLS
    params = other_server.params
    url = f"postgresql://{params['user']}@/postgres?host={params['host']}&port={params['port']}"
    settings.SCHEMA_TOOLS = {**given, "SCRATCH": url}
    assert not is_used(made, lambda: validated(alias))
    assert is_used(made, lambda: validated(alias))
    settings.SCHEMA_TOOLS = given
    assert is_used(made, lambda: validated(alias))
    assert validated(alias) == first


@pytest.fixture
def role(server: Any) -> Iterator[str]:
    """A role that may create databases and read, and is no superuser."""
    server.execute("DROP ROLE IF EXISTS builder")
    server.execute("CREATE ROLE builder LOGIN CREATEDB IN ROLE pg_read_all_data")
    yield "builder"
    server.execute("DROP ROLE builder")


def test_another_role_builds_its_own(sample, copy: Path, cache: Path, role: str) -> None:
    assert run(copy, sample.url, "validate_schema").returncode == 0
    before = len(entries(cache))
    url = sample.url.replace("://postgres@", f"://{role}@")
    done = run(copy, url, "validate_schema", "--format", "json")
    assert len(entries(cache)) > before
    assert done.stdout == run(copy, url, "validate_schema", "--format", "json").stdout
    assert (
        done.stdout == run(copy, url, "validate_schema", "--format", "json", "--no-cache").stdout
    )


NEVER_KEPT = {
    "it depends on the day": "DO $$ BEGIN EXECUTE format('CREATE TABLE %I (i int)', "
    "'p_' || to_char(now(), 'YYYYMMDD')); END $$",
    "it fails": "ALTER TABLE nowhere ADD COLUMN i integer",
    "a role is missing": "GRANT SELECT ON users TO nobody_knows",
    "an extension's function may do anything": "CREATE EXTENSION amcheck; "
    "DO $$ BEGIN PERFORM bt_index_check('users_pkey'); END $$",
}


@pytest.mark.parametrize("why", NEVER_KEPT)
def test_what_is_not_certain_is_built_each_time(
    sample, alias: str, folder: Path, cache: Path, made: list[str], why: str
) -> None:
    add(folder, "005_uncertain", NEVER_KEPT[why])
    validated(alias)
    assert not is_used(made, lambda: validated(alias))


def test_a_role_that_is_there_now_is_seen(
    server, sample, alias: str, folder: Path, cache: Path
) -> None:
    add(folder, "005_role", "GRANT SELECT ON users TO late_comer")
    assert any("005_role" in each["what"] for each in validated(alias)["not_checked"])
    server.execute("CREATE ROLE late_comer")
    try:
        assert not any("005_role" in each["what"] for each in validated(alias)["not_checked"])
        assert not any("005_role" in each["what"] for each in validated(alias)["not_checked"])
    finally:
        server.execute("DROP ROLE late_comer")
    assert any("005_role" in each["what"] for each in validated(alias)["not_checked"])


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _data: b"",
    "cut off": lambda data: data[:-7],
    "cut off in its head": lambda data: data[:30],
    "another byte": lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
    "longer": lambda data: data + b"x",
    "another file": lambda _data: os.urandom(200),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_made_anew(
    sample, alias: str, folder: Path, cache: Path, made: list[str], damage: str
) -> None:
    cold = validated(alias)
    whole = {path: path.read_bytes() for path in entries(cache)}
    for path, data in whole.items():
        path.write_bytes(DAMAGES[damage](data))
    assert validated(alias) == cold
    assert {path: path.read_bytes() for path in entries(cache)} == whole
    assert is_used(made, lambda: validated(alias))


def test_an_entry_under_another_s_name_is_not_taken(
    sample, alias: str, folder: Path, cache: Path, made: list[str]
) -> None:
    cold = validated(alias)
    first, second = entries(cache)
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)
    assert validated(alias) == cold
    assert (first.read_bytes(), second.read_bytes()) == (one, other)


def test_a_cache_that_cannot_be_had_changes_nothing(
    sample, alias: str, folder: Path, tmp_path: Path, monkeypatch, capfd
) -> None:
    expected = validated(alias, "--no-cache")
    in_the_way = tmp_path / "in the way"
    in_the_way.write_text("")
    for place in ("", "/proc/nowhere", str(in_the_way)):
        monkeypatch.setenv(VARIABLE, place)
        assert validated(alias) == expected
    assert capfd.readouterr().err == ""


def test_a_required_migration_of_django_s_is_part_of_the_key(
    sample, alias: str, folder: Path, cache: Path, made: list[str], monkeypatch
) -> None:
    path = add(folder, "005_x", "CREATE INDEX by_codename ON auth_permission (codename)")
    path.write_text(f"-- Requires: auth.0001_initial\n{path.read_text()}")
    cold = validated(alias)
    assert [each["code"] for each in cold["findings"]] == ["index.missing"]
    assert is_used(made, lambda: validated(alias))
    assert validated(alias) == cold
    path.write_text(path.read_text().replace("0001_initial", "0002_alter_permission_name"))
    assert not is_used(made, lambda: validated(alias))
