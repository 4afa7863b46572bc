"""Squashed files and what they stand for: which of the two a database goes by."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from schema_tools.errors import ConfigurationError
from schema_tools.history.adoption import in_order, plan_baseline
from schema_tools.history.directory import Directory, read_directory
from schema_tools.history.files import parse_migration
from schema_tools.history.fold import files_up_to, find_counted, fold, named_file, outlived
from schema_tools.history.migration import Migration
from schema_tools.history.plan import World, plan_apply, plan_rollback
from schema_tools.history.record import Applied, History, Unfinished
from schema_tools.history.standing import State, status

BODY = "SELECT '{0}';\n-- DOWN\n-- SELECT 'not {0}';\n"


def plain(version: str, header: str = "") -> Migration:
    return parse_migration(f"{version}.sql", f"{header}{BODY.format(version)}".encode(), version)


def squashing(version: str, *members: tuple[Migration, str]) -> Migration:
    """Return a squashed file; each member comes with the version in which it is, or ""."""
    lines = "".join(
        f"-- Squashes: {file.version}.sql sha256:{file.checksum}"
        f"{f' in {inside}.sql' if inside else ''}\n"
        for file, inside in members
    )
    return plain(version, lines)


A, B, C, D, E = (plain(f"00{number}_{name}") for number, name in enumerate("abcde", start=1))
INNER = squashing("002_squashed", (A, ""), (B, ""))
WHOLE = squashing("003_squashed", (A, ""), (B, ""), (C, ""))
NESTED = squashing(
    "004_squashed", (INNER, ""), (A, "002_squashed"), (B, "002_squashed"), (C, ""), (D, "")
)
BY_LETTER = {"a": A, "b": B, "c": C, "d": D, "e": E, "I": INNER, "W": WHOLE, "N": NESTED}
LETTERS = {file.version: letter for letter, file in BY_LETTER.items()}


def folder(letters: str) -> Directory:
    files = sorted((BY_LETTER[each] for each in letters), key=lambda f: (f.number, f.version))
    return Directory("m", tuple(files), ())


def history(letters: str, *runs: Unfinished) -> History:
    rows = (
        Applied(file.version, file.name, file.checksum, None, position=at)
        for at, file in enumerate((BY_LETTER[each] for each in letters), start=1)
    )
    return History(tuple(rows), runs, exists=True)


def run_of(letter: str, *, done: int = 0, error: str = "", direction: str = "up") -> Unfinished:
    file = BY_LETTER[letter]
    return Unfinished(file.version, direction, file.checksum, done, 2, "", done + 1, error=error)


def letters_of(versions) -> str:
    return "".join(sorted(LETTERS[version] for version in versions))


def states(directory: Directory, past: History) -> dict[str, str]:
    """Return what status says, by letter."""
    return {LETTERS[each.version]: each.state.value for each in status(directory, past)}


def steps(directory: Directory, past: History) -> str:
    plan = plan_apply(World(directory, 150000), past)
    return " ".join([*(LETTERS[step.migration.version] for step in plan.steps), *_codes(plan)])


def _codes(plan) -> list[str]:
    return [problem.code.removeprefix("history.") for problem in plan.problems]


@pytest.mark.parametrize(
    ("files", "rows", "counted", "applied", "to_run"),
    [
        # Nothing is squashed: nothing is folded.
        ("abc", "ab", "abc", "ab", "c"),
        # A new database runs the squashed file, with the old ones there or not.
        ("abcW", "", "W", "", "W"),
        ("W", "", "W", "", "W"),
        ("abcWd", "", "Wd", "", "W d"),
        # One that has run it goes by it, whatever else is there.
        ("abcWd", "W", "Wd", "W", "d"),
        ("Wd", "Wd", "Wd", "Wd", ""),
        ("abcW", "abcW", "W", "W", ""),
        # One that has all of the others, with their files: as before.
        ("abcW", "abc", "abc", "abc", ""),
        ("abcWd", "abc", "abcd", "abc", "d"),
        # The same with files gone: the squashed file counts as applied, without having run.
        ("W", "abc", "W", "W", ""),
        ("acWd", "abcd", "Wd", "Wd", ""),
        ("Wde", "abc", "Wde", "W", "d e"),
        # Some of them, and all files: the others are pending.
        ("abcW", "a", "abc", "a", "b c"),
        ("abcW", "ab", "abc", "ab", "c"),
        ("bcW", "a", "bc", "a", "b c squashed_in_part"),
        ("abW", "a", "ab", "a", "b squashed_in_part"),
        ("Wd", "ab", "d", "ab", "d squashed_in_part"),
        # A squashed file within a squashed file.
        ("N", "", "N", "", "N"),
        ("abIcdN", "", "N", "", "N"),
        ("abIcdNe", "abcd", "abcde", "abcd", "e"),
        ("IcdN", "abcd", "Icd", "Icd", ""),
        ("N", "abcd", "N", "N", ""),
        ("N", "Icd", "N", "N", ""),
        ("IcdN", "Icd", "Icd", "Icd", ""),
        ("IcdN", "I", "Icd", "I", "c d"),
        ("IcdN", "ab", "Icd", "I", "c d"),
        ("abIcdN", "a", "abcd", "a", "b c d"),
        ("abIcdN", "I", "Icd", "I", "c d"),
        ("Ne", "ab", "e", "ab", "e squashed_in_part"),
        ("IcdN", "a", "cd", "a", "c d squashed_in_part"),
        ("abIcdN", "N", "N", "N", ""),
    ],
)
def test_which_of_them_counts(files, rows, counted, applied, to_run):
    directory, past = fold(folder(files), history(rows))
    assert letters_of(each.version for each in directory.migrations) == "".join(sorted(counted))
    assert letters_of(each.version for each in past.applied) == "".join(sorted(applied))
    assert steps(folder(files), history(rows)) == to_run


@pytest.mark.parametrize("files", ["abcW", "W", "acW", "abIcdN", "IcdN", "N", "IcN", "abcWde"])
def test_to_fold_again_changes_nothing_and_no_two_ever_count(files):
    members = {"W": "abc", "I": "ab", "N": "abcdI"}
    for length in range(5):
        for rows in itertools.combinations("abcd", length):
            once = fold(folder(files), history("".join(rows)))
            assert fold(*once) == once
            there = {LETTERS[file.version] for file in once[0].migrations}
            for letter in there & members.keys():
                assert not there & {*members[letter]}
                assert not {LETTERS[row.version] for row in once[1].applied} & {*members[letter]}


def test_what_any_database_still_runs_brings_it_to_all_files():
    """Whatever of a, b, c is there, applied and still to run are each of them once, or W alone."""
    for length in range(4):
        for rows in itertools.combinations("abc", length):
            plan = plan_apply(
                World(folder("abcWd"), 150000), history("".join(rows)), allow_out_of_order=True
            )
            run = [LETTERS[step.migration.version] for step in plan.steps]
            assert plan.problems == ()
            assert sorted([*rows, *run]) == sorted("abcd" if rows else "Wd")


def test_a_squashed_file_in_place_of_rows_is_told_as_such():
    past = history("abcd")
    (row, last) = fold(folder("Wd"), past)[1].applied
    assert row.stands_for == ("001_a", "002_b", "003_c")
    assert (row.version, row.checksum, row.position) == ("003_squashed", WHOLE.checksum, 3)
    assert last == past.applied[3]
    assert states(folder("Wd"), past) == {"W": "applied", "d": "applied"}
    (nested,) = fold(folder("N"), past)[1].applied
    assert nested.stands_for == ("001_a", "002_b", "003_c", "004_d")


def test_what_a_row_of_the_go_system_lacks_is_not_compared():
    past = history("abc")
    rows = tuple(replace(row, checksum="") for row in past.applied)
    assert steps(folder("W"), replace(past, applied=rows)) == ""


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ("W", "squashed_otherwise"),
        ("acW", "squashed_otherwise"),
        # The file differs from what was applied: that is said of the file.
        ("abcW", "changed"),
    ],
)
def test_another_text_was_applied_than_the_squashed_file_has(files, expected):
    past = history("abc")
    a, b, c = past.applied
    found = replace(past, applied=(a, replace(b, checksum="0" * 64), c))
    assert steps(folder(files), found) == expected


def test_the_file_was_changed_and_applied_after_the_squash():
    other = plain("002_b", "-- Author: somebody else\n")
    directory = Directory("m", (A, other, C, WHOLE), ())
    past = history("abc")
    a, b, c = past.applied
    found = replace(past, applied=(a, replace(b, checksum=other.checksum), c))
    plan = plan_apply(World(directory, 150000), found)
    assert _codes(plan) == ["squashed_otherwise"]
    assert "002_b" in plan.problems[0].message


def test_what_is_missing_is_said_once_and_with_the_way():
    (finding,) = plan_apply(World(folder("Wd"), 150000), history("ab")).problems
    assert "stands for 3 files, of which the database has 2" in finding.message
    assert "001_a, 002_b, 003_c" in finding.message
    assert "git log --diff-filter=D" in finding.hint
    assert states(folder("Wd"), history("ab")) == {"a": "missing", "b": "missing", "d": "pending"}


def test_of_many_files_that_are_gone_the_first_and_the_last_are_named():
    (finding,) = plan_apply(World(folder("N"), 150000), history("abc")).problems
    assert "001_a to 004_d" in finding.message


@pytest.mark.parametrize(
    ("run", "files", "to_run"),
    [
        # Half-run: the database has something of it, so it goes on file by file.
        (run_of("a", done=1, error="no"), "abcW", "a b c"),
        (run_of("a"), "abcW", "a b c"),
        (run_of("a", done=1, error="no"), "W", "squashed_in_part half_done"),
        # It failed and left nothing: a new database.
        (run_of("a", error="no"), "abcW", "W"),
        # It is the squashed file that was half-run.
        (run_of("W", done=1, error="no"), "abcW", "W"),
    ],
)
def test_a_run_that_stopped_says_which_of_them_counts(run, files, to_run):
    run = replace(run, done_checksum=_done_of(run))
    transaction_off = {letter: _singly(letter) for letter in "abcW"}
    directory = Directory("m", tuple(transaction_off[each] for each in files), ())
    plan = plan_apply(World(directory, 150000), History((), (run,)))
    found = " ".join([*(LETTERS[s.migration.version] for s in plan.steps), *_codes(plan)])
    assert found == to_run


def _singly(letter: str) -> Migration:
    """Return the file with two statements, each run by itself."""
    file = BY_LETTER[letter]
    text = f"-- Transaction: off\n{file.text}".replace("-- DOWN", "SELECT 2;\n-- DOWN")
    return parse_migration(f"{file.version}.sql", text.encode(), file.path)


def _done_of(run: Unfinished) -> str:
    digest = hashlib.sha256()
    for statement in _singly(LETTERS[run.version]).up.statements[: run.done]:
        digest.update(statement.text.encode() + b"\0")
    return digest.hexdigest()


def test_a_half_undone_member_is_no_applied_one():
    run = run_of("c", done=1, error="no", direction="down")
    assert steps(folder("W"), history("abc", run)).startswith("squashed_in_part")


@pytest.mark.parametrize(
    ("files", "rows", "options", "expected"),
    [
        ("abcWd", "abcd", {"count": 2}, "d c"),
        ("abcWd", "Wd", {"count": 2}, "d W"),
        ("Wd", "abcd", {}, "d"),
        ("Wd", "abcd", {"target": "003_squashed"}, "d"),
        ("Wd", "abcd", {"count": 2}, "d squashed"),
        ("Wd", "abcd", {"target": "zero"}, "d squashed"),
        ("N", "abcd", {}, "squashed"),
    ],
)
def test_rollback_goes_by_what_counts(files, rows, options, expected):
    plan = plan_rollback(World(folder(files), 150000), history(rows), **options)
    assert (
        " ".join([*(LETTERS[s.migration.version] for s in plan.steps), *_codes(plan)]) == expected
    )


@pytest.mark.parametrize(
    ("depends_on", "files", "rows"),
    [
        ("002_b.sql", "W", ""),
        ("002_b.sql", "W", "W"),
        ("002_b.sql", "W", "abc"),
        ("2", "W", ""),
        ("003_squashed.sql", "abcW", "abc"),
        ("003_squashed", "abcW", "ab"),
        ("004_squashed, 002_squashed", "abIcdN", "abcd"),
        ("001_a, 002_squashed", "N", ""),
    ],
)
def test_a_dependency_is_met_by_either(depends_on, files, rows):
    later = plain("005_e", f"-- Dependencies: {depends_on}\n")
    directory = folder(files)
    directory = replace(directory, migrations=(*directory.migrations, later))
    assert plan_apply(World(directory, 150000), history(rows)).problems == ()


def test_a_dependency_on_neither_is_not_met():
    early = plain("000_e", "-- Dependencies: 002_b\n")
    directory = folder("W")
    directory = replace(directory, migrations=(early, *directory.migrations))
    (finding,) = plan_apply(World(directory, 150000), History()).problems
    assert "depends on 002_b, which is not applied before it" in finding.message


@pytest.mark.parametrize(
    ("files", "rows", "target", "expected"),
    [
        ("abcW", "abc", "3", "003_c"),
        ("abcW", "", "3", "003_squashed"),
        ("abcW", "", "003_c", "003_squashed"),
        ("abcW", "abc", "003_squashed", "003_c"),
        ("W", "abc", "003_c", "003_squashed"),
        ("abcW", "ab", "2", "002_b"),
    ],
)
def test_a_name_means_what_counts(files, rows, target, expected):
    assert named_file(folder(files), history(rows), target).version == expected


@pytest.mark.parametrize("target", ["002_b", "2", "001_a"])
def test_a_part_of_what_counts_cannot_be_named(target):
    with pytest.raises(ConfigurationError, match="only as a part of") as caught:
        named_file(folder("abcW"), History(), target)
    assert "003_squashed" in caught.value.hint


def test_a_name_that_nothing_has_is_an_error_as_ever():
    with pytest.raises(ConfigurationError, match="there is no migration '9'"):
        named_file(folder("abcW"), History(), "9")
    with pytest.raises(ConfigurationError, match="there is no migration '9'"):
        find_counted(["001_a"], "9", folder("a"))


@pytest.mark.parametrize(
    ("target", "expected"),
    [("", "Wd"), ("4", "Wd"), ("3", "W"), ("003_c", "W"), ("002", "ab"), ("001_a", "a")],
)
def test_the_files_up_to_one(target, expected):
    assert letters_of(file.version for file in files_up_to(folder("abcWd"), target)) == expected


def test_the_files_up_to_one_that_is_gone_are_those_of_the_squashed_file():
    assert letters_of(each.version for each in files_up_to(folder("Wd"), "003_c")) == "W"
    with pytest.raises(ConfigurationError, match="002_b counts here only as a part of"):
        files_up_to(folder("Wd"), "2")
    with pytest.raises(ConfigurationError, match="there is no migration '9'"):
        files_up_to(folder("abcWd"), "9")


def test_a_baseline_records_what_a_new_database_would_run():
    plan = plan_baseline(World(folder("abcW"), 150000), History(), target=WHOLE)
    assert [step.migration.version for step in plan.steps] == ["003_squashed"]
    world = World(folder("Wde"), 150000)
    plan = plan_baseline(world, history("abc"), target=D)
    assert [step.migration.version for step in plan.steps] == ["004_d"]
    assert in_order(plan, world, history("abc")) == (WHOLE, D)


def _written(path: Path, letters: str, **more: str) -> Directory:
    for file in (BY_LETTER[each] for each in letters):
        (path / f"{file.version}.sql").write_text(file.text)
    for name, text in more.items():
        (path / f"{name}.sql").write_text(text)
    return read_directory(path)


@pytest.mark.parametrize(
    "letters", ["abcW", "abcWd", "Wd", "acW", "aWd", "N", "abIcdNe", "IN", "abIcd", "bcW"]
)
def test_a_folder_that_was_squashed_has_no_problems(tmp_path, letters):
    assert _written(tmp_path, letters).problems == ()


@pytest.mark.parametrize(
    ("letters", "more", "expected"),
    [
        ("W", {"002_other": "SELECT 1;"}, ["file.squashed 002_other"]),
        (
            "abcW",
            {"003_other": "SELECT 1;"},
            ["file.duplicate_number 003_c", "file.squashed 003_other"],
        ),
        ("WI", {}, ["file.squashed 002_squashed"]),
        ("We", {}, ["file.gap 005_e"]),
        (
            "W",
            {"003_z": "-- Squashes: x\nSELECT 1;"},
            ["file.squashed 003_z", "file.unreadable 003_z"],
        ),
    ],
)
def test_what_is_wrong_in_a_folder_that_was_squashed(tmp_path, letters, more, expected):
    problems = _written(tmp_path, letters, **more).problems
    found = sorted(f"{each.code} {Path(each.locations[0].path).stem}" for each in problems)
    assert set(expected) <= set(found)


def test_states_of_the_rest_are_as_ever():
    past = history("abd")
    assert states(folder("abcdW"), past)["c"] == State.OUT_OF_ORDER.value


@pytest.mark.parametrize(
    ("files", "rows", "expected"),
    [
        ("abcW", "abc", "W"),
        ("abcWd", "abcd", "W"),
        ("abIcdN", "abcd", "N"),
        ("IcdN", "abcd", "N"),
        ("IcdN", "Icd", "N"),
        ("abIcdN", "ab", "I"),
        # Some are missing; it counts itself; there is none.
        ("abcW", "ab", ""),
        ("abcW", "", ""),
        ("abcW", "W", ""),
        ("W", "abc", ""),
        ("abc", "abc", ""),
    ],
)
def test_whose_members_may_go_as_far_as_a_database_is_concerned(files, rows, expected):
    found = outlived(folder(files), history(rows))
    assert letters_of(each.file.version for each in found) == expected


def test_where_another_text_was_applied_none_may_go():
    past = history("abc")
    rows = tuple(replace(row, checksum="0" * 64) for row in past.applied)
    assert outlived(folder("acW"), replace(past, applied=rows)) == ()
