"""The decision table: every way in which four states can be equal has exactly one verdict."""

from __future__ import annotations

import itertools

import pytest

from schema_tools.schema.comparison.verdict import Agreement, decide

# The states of models, applied files, all files and live database; the same letter is the same
# state. These fifteen are all the ways in which four things can be equal.
PATTERNS = {
    "aaaa": None,
    "aaab": "database_drifted",
    "aaba": "model_behind",
    "aabb": "conflict",
    "aabc": "conflict",
    "abaa": "migration_unrecorded",
    "abab": "migration_pending",
    "abac": "database_drifted",
    "abba": "migration_forgotten",
    "abbb": "model_differs",
    "abbc": "conflict",
    "abca": "migration_forgotten",
    "abcb": "model_differs",
    "abcc": "conflict",
    "abcd": "conflict",
}
# "-" is an object that is not there; where several are absent, these are equal to each other.
WITH_ABSENCE = {
    "-aaa": "model_behind",
    "-aba": "model_behind",
    "a---": "migration_missing",
    "aa-a": "model_behind",
    "ab-b": "migration_missing",
    "a-a-": "migration_pending",
    "a-aa": "migration_unrecorded",
    "aaa-": "database_drifted",
    "---a": "database_drifted",
    "a--a": "migration_forgotten",
    "-aa-": "migration_forgotten",
    "--a-": "model_behind",
    "--aa": "conflict",
}
# "*": models cannot say anything of such an object.
WITHOUT_MODELS = {
    "*aaa": None,
    "*aab": "database_drifted",
    "*aba": "migration_pending",
    "*abb": "migration_unrecorded",
    "*abc": "database_drifted",
}
ALL = {**PATTERNS, **WITH_ABSENCE, **WITHOUT_MODELS}


def agreement(pattern: str) -> Agreement:
    models, applied, files, live = pattern
    silent = models == "*"
    return Agreement(
        models_files=silent or models == files,
        models_applied=silent or models == applied,
        models_live=silent or models == live,
        applied_files=applied == files,
        applied_live=applied == live,
        files_live=files == live,
        model_absent=models == "-",
        files_absent=files == "-",
    )


@pytest.mark.parametrize(("pattern", "verdict"), ALL.items())
def test_pattern_has_its_verdict(pattern: str, verdict: str | None) -> None:
    assert decide(agreement(pattern)) == verdict


def test_table_names_every_pattern() -> None:
    def canonical(states: tuple[int, ...]) -> str:
        letters: dict[int, str] = {}
        return "".join(letters.setdefault(state, "abcd"[len(letters)]) for state in states)

    assert set(PATTERNS) == {canonical(s) for s in itertools.product(range(4), repeat=4)}


def test_only_agreement_of_all_is_silent() -> None:
    silent = {pattern for pattern, verdict in ALL.items() if verdict is None}
    assert silent == {"aaaa", "*aaa"}
