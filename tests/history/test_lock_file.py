"""The lock file as text: a chain of lines, what breaks it, and how that is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema_tools.history.lock_file import (
    LOCK_FILE,
    Lock,
    check_lock,
    lock_findings,
    lock_text,
    parse_lock,
    versions_in,
)

VERSIONS = ("001_users", "002_phones", "003_faxes")
CONFLICT = """\
{0}<<<<<<< HEAD
{1}
=======
{2}
>>>>>>> feature
"""


def lines(*versions: str) -> list[str]:
    """Return the lines for versions, without what stands above them."""
    return [line for line in lock_text(versions).splitlines() if not line.startswith("#")]


def told(text: str, versions: tuple[str, ...] = VERSIONS) -> list[tuple[int, str]]:
    """Return line and message of what is wrong."""
    found = lock_findings(parse_lock(text), versions, LOCK_FILE)
    return [(each.locations[0].line, each.message) for each in found]


def test_the_first_line_says_what_the_file_is():
    assert lock_text(()).startswith("# The order of the migrations in this folder.")


def test_there_is_a_line_for_each_version_in_the_order_given():
    assert [line.split()[0] for line in lines(*VERSIONS)] == list(VERSIONS)


@given(st.lists(st.from_regex(r"[0-9]{3,5}_[a-z]{1,5}", fullmatch=True), unique=True))
def test_what_was_written_is_read_again_and_right(versions):
    assert parse_lock(lock_text(versions)) == Lock(tuple(versions))


@given(
    st.lists(st.from_regex(r"[0-9]{3}_[a-z]", fullmatch=True), unique=True, min_size=2),
    st.data(),
)
def test_whatever_changes_in_the_middle_changes_all_lines_after_it(versions, data):
    at = data.draw(st.integers(0, len(versions) - 1))
    with_another = [*versions[:at], "999_another", *versions[at:]]
    before, after = lines(*versions), lines(*with_another)
    assert before[:at] == after[:at]
    assert not set(before[at:]) & set(after[at:])


def test_a_lock_of_these_files_is_without_fault():
    assert told(lock_text(VERSIONS)) == []


@pytest.mark.parametrize("ends", ["\r\n", "\n\n"])
def test_line_ends_of_another_system_and_blank_lines_do_not_matter(ends):
    assert told(lock_text(VERSIONS).replace("\n", ends)) == []


@pytest.mark.parametrize(
    ("locked", "message"),
    [
        (VERSIONS[:2], "003_faxes has no line"),
        (VERSIONS[:1], "002_phones, 003_faxes have none"),
        ((*VERSIONS, "004_gone"), "there is no file 004_gone"),
        ((*VERSIONS[:2], "003_fax"), "003_faxes has no line; there is no file 003_fax"),
        (VERSIONS[::-1], "their order is another"),
        ((*VERSIONS, *(f"9{n}_x" for n in range(7))), "90_x, 91_x, 92_x, 93_x, 94_x and 2 more"),
    ],
)
def test_files_that_it_does_not_know_are_named(locked, message):
    ((line, text),) = told(lock_text(locked))
    assert line == 0
    assert text.startswith("it does not say which files there are: ")
    assert message in text


def test_a_merge_that_is_not_settled_is_told_by_its_first_line():
    ours, theirs = lines("001_users", "002_phones")[1], lines("001_users", "002_faxes")[1]
    text = CONFLICT.format(lock_text(["001_users"]), ours, theirs)
    number = text.splitlines().index("<<<<<<< HEAD") + 1
    ((line, message),) = told(text)
    assert line == number
    assert "both sides of a merge" in message


def test_lines_of_two_branches_put_together_do_not_follow_from_each_other():
    ours, theirs = lines("001_users", "002_phones")[1], lines("001_users", "003_faxes")[1]
    text = f"{lock_text(['001_users'])}{ours}\n{theirs}\n"
    ((line, message),) = told(text)
    assert line == len(text.splitlines())
    assert "does not follow from the lines above" in message


@pytest.mark.parametrize("edited", ["002_phones", "002_phones  x", "002_phone"])
def test_a_line_that_was_edited_is_told(edited):
    text = lock_text(VERSIONS).replace(lines(*VERSIONS)[1], edited)
    ((_line, message),) = told(text)
    assert "does not follow" in message


def test_only_names_that_can_be_migrations_count(tmp_path):
    for name in ("010_b.sql", "002_a.sql", "_x.sql", ".x.sql", "Bad.sql", "001_x.txt", LOCK_FILE):
        (tmp_path / name).write_bytes(b"\xff unreadable")
    assert versions_in(tmp_path) == ("002_a", "010_b")


def test_a_folder_needs_no_lock(tmp_path):
    (tmp_path / "001_a.sql").touch()
    assert check_lock(tmp_path, LOCK_FILE) == ()


def test_what_is_in_the_files_does_not_count(tmp_path):
    file = tmp_path / "001_a.sql"
    file.write_text("SELECT 1;")
    (tmp_path / LOCK_FILE).write_text(lock_text(["001_a"]))
    file.write_text("SELECT 2;")
    assert check_lock(tmp_path, LOCK_FILE) == ()
