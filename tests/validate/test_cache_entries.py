"""A cache never fails, never hands out what is not whole, and shares nothing with other users."""

from __future__ import annotations

import os
import resource
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from schema_tools.services import cache as module
from schema_tools.services.cache import NO_CACHE, VARIABLE, Cache, open_cache

KEY = "0" * 64
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN: only root can give files away")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_what_was_put_is_there(folder: Path) -> None:
    cache = Cache(folder)
    assert cache.get(KEY) is None
    cache.put(KEY, b"first")
    cache.put(KEY, b"second" * 1000)
    assert cache.get(KEY) == b"second" * 1000
    assert cache.get("1" * 64) is None
    assert [path.name for path in folder.iterdir()] == [KEY]


def test_without_a_folder_nothing_is_kept() -> None:
    NO_CACHE.put(KEY, b"x")
    assert NO_CACHE.get(KEY) is None
    assert not NO_CACHE.is_on


def test_all_is_private(folder: Path) -> None:
    before = os.umask(0)
    try:
        Cache(folder).put(KEY, b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / KEY).stat().st_mode) == 0o600


def test_a_folder_that_others_write_to_is_not_used(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    Cache(folder).put(KEY, b"x")
    assert list(folder.iterdir()) == []


def test_an_entry_that_others_may_write_is_not_read(folder: Path) -> None:
    cache = Cache(folder)
    cache.put(KEY, b"x")
    (folder / KEY).chmod(0o666)
    assert cache.get(KEY) is None


def test_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    cache = Cache(folder)
    cache.put(KEY, b"x")
    (folder / KEY).rename(tmp_path / "elsewhere")
    (folder / KEY).symlink_to(tmp_path / "elsewhere")
    assert cache.get(KEY) is None
    cache.put(KEY, b"y")
    assert cache.get(KEY) == b"y"
    assert not (folder / KEY).is_symlink()


@AS_ROOT
def test_another_user_s_entry_is_neither_read_nor_written_over(folder: Path) -> None:
    cache = Cache(folder)
    cache.put(KEY, b"x")
    os.chown(folder / KEY, 65534, 65534)
    assert cache.get(KEY) is None
    os.chown(folder, 65534, 65534)
    cache.put("1" * 64, b"x")
    assert [path.name for path in folder.iterdir()] == [KEY]


@AS_ROOT
def test_root_leaves_nothing_in_another_user_s_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    Cache(home / ".cache" / "schema_tools" / "x").put(KEY, b"x")
    assert list(home.iterdir()) == []


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file of this process grows beyond a few bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_what_was_there_and_no_rest(folder: Path, full_disk: None) -> None:
    cache = Cache(folder)
    cache.put(KEY, b"x")
    cache.put(KEY, os.urandom(10_000))
    cache.put("1" * 64, os.urandom(10_000))
    assert cache.get(KEY) in {b"x", None}
    assert {path.name for path in folder.iterdir()} <= {KEY}


def test_a_folder_that_cannot_be_made_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file" / "cache", Path("/proc/nowhere/cache")):
        cache = Cache(folder)
        cache.put(KEY, b"x")
        assert cache.get(KEY) is None


def test_what_was_used_longest_ago_goes_first(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_ENTRIES", 3)
    cache = Cache(folder)
    for number in range(3):
        cache.put(str(number), b"x")
        os.utime(folder / str(number), (number, number))
    assert cache.get("0") == b"x"
    cache.put("3", b"x")
    assert {path.name for path in folder.iterdir()} == {"0", "2", "3"}


def test_no_more_room_is_taken_than_there_is_for_it(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 5_000)
    cache = Cache(folder)
    for number in range(9):
        cache.put(str(number), os.urandom(1_000))
        os.utime(folder / str(number), (number, number))
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 5_000
    assert cache.get("8") is not None


def test_what_a_killed_run_left_unfinished_goes_after_a_while(folder: Path) -> None:
    cache = Cache(folder)
    cache.put(KEY, b"x")
    old, new = folder / ".old.1", folder / ".new.1"
    for path in (old, new):
        path.write_bytes(b"half of it")
    long_ago = time.time() - 2 * 3600
    os.utime(old, (long_ago, long_ago))
    cache.put(KEY, b"x")
    assert not old.exists()
    assert new.exists()


def test_many_at_once_see_whole_entries_only(folder: Path) -> None:
    cache = Cache(folder)
    wrong: list[bytes] = []

    def work(number: int) -> None:
        for _again in range(30):
            cache.put(KEY, bytes([number]) * 50_000)
            found = cache.get(KEY)
            if found is None or len(set(found)) != 1 or len(found) != 50_000:
                wrong.append(found or b"")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_folder_is_the_project_s_own_and_where_it_is_said_to_be(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "named"))
    one, other = open_cache(tmp_path / "one").folder, open_cache(tmp_path / "other").folder
    assert one is not None
    assert one != other
    assert one.parent == tmp_path / "named"
    monkeypatch.setenv(VARIABLE, "")
    assert open_cache(tmp_path) == NO_CACHE
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    found = open_cache(tmp_path).folder
    assert found is not None
    assert found.parent == tmp_path / "xdg" / "schema_tools"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    found = open_cache(tmp_path).folder
    assert found is not None
    assert found.parent == tmp_path / "home" / ".cache" / "schema_tools"
