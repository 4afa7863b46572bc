"""Each rule against SQL files that say themselves what is to be found, and where.

A folder of ``cases`` is a migrations folder. ``-- expect: CODE`` behind a line means that line, on
a line of its own the next; ``-- expect in file: CODE`` means the file as a whole. In a folder with
a rule's name only this rule's findings count, in ``all`` those of every rule.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schema_tools.history.directory import read_directory
from schema_tools.history.lock_file import LOCK_FILE, check_lock
from schema_tools.linter.review import review
from schema_tools.linter.rule import rules

CASES = Path(__file__).parent / "cases"
EXPECT = re.compile(r"(?P<before>.*)-- expect(?P<file> in file)?: (?P<codes>.+)")


def expected(file: Path) -> list[tuple[str, int, str]]:
    """Return file name, line and code of what a file says about itself."""
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        match = EXPECT.fullmatch(line)
        if match:
            at = 0 if match["file"] else number + (not match["before"].strip("- "))
            found += [(file.name, at, code) for code in match["codes"].split(", ")]
    return sorted(found)


def code_of(module: str) -> str:
    """Return the code of the rule in a module of that name."""
    return module.replace("file_", "file.", 1) if module.startswith("file_") else f"lint.{module}"


@pytest.mark.parametrize("folder", sorted(CASES.iterdir()), ids=lambda folder: folder.name)
def test_what_the_files_of_a_folder_expect_is_found_and_nothing_else(folder):
    found = [
        (Path(finding.locations[0].path).name, finding.locations[0].line, finding.code)
        for finding in review(read_directory(folder), beside=check_lock(folder, LOCK_FILE))
        if folder.name == "all" or finding.code == code_of(folder.name)
    ]
    assert sorted(found) == sorted(line for file in folder.iterdir() for line in expected(file))


@pytest.mark.parametrize("code", rules())
def test_each_rule_has_a_file_that_it_finds_fault_with_and_one_that_it_does_not(code):
    module = code.removeprefix("lint.").replace(".", "_")
    quiet = {not expected(file) for file in (CASES / module).iterdir()}
    assert quiet == {True, False}
