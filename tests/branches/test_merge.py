"""Branches that both add migrations conflict in git, whoever merges whom, until one moves."""

from __future__ import annotations

import pytest

from schema_tools.history.lock_file import lock_text

pytestmark = pytest.mark.process  # git

# What each branch adds after 001_users and 002_mails.
BRANCHES = {
    "one each": (["003_phones"], ["003_faxes"]),
    "several and one": (["003_phones", "004_areas"], ["003_faxes"]),
    "one and several": (["003_phones"], ["003_faxes", "004_pagers", "005_telex"]),
    "numbers that do not meet": (["003_phones"], ["004_faxes"]),
    "times": (["20260101000000_phones"], ["20260102000000_faxes"]),
}


@pytest.fixture(params=BRANCHES.values(), ids=BRANCHES)
def branches(request, repository):
    """The repository on `main`, which has added files since `feature` has gone its own way."""
    ours, theirs = request.param
    repository.git("branch", "feature")
    repository.add(*ours)
    repository.git("checkout", "-q", "feature")
    repository.add(*theirs)
    repository.git("checkout", "-q", "main")
    return repository


@pytest.mark.parametrize("merging", ["main", "feature"])
def test_a_merge_conflicts_in_the_lock_alone(branches, merging):
    other = {"main": "feature", "feature": "main"}[merging]
    branches.git("checkout", "-q", merging)
    branches.git("merge", "-q", other, code=1)
    assert branches.unmerged() == {"sql/schema.lock"}
    assert "file.lock" in branches.faults()


def test_a_rebase_conflicts_in_the_lock_alone(branches):
    branches.git("checkout", "-q", "feature")
    branches.git("rebase", "-q", "main", code=1)
    assert branches.unmerged() == {"sql/schema.lock"}


@pytest.mark.parametrize(
    ("merging", "onto"), [("main", "HEAD"), ("feature", "main"), ("feature", "MERGE_HEAD")]
)
def test_renumbering_in_the_middle_of_a_merge_settles_it(branches, merging, onto):
    other = {"main": "feature", "feature": "main"}[merging]
    kept = set(branches.versions())
    branches.git("checkout", "-q", merging)
    branches.git("merge", "-q", other, code=1)
    branches.renumber(onto)
    assert branches.faults() == []
    assert kept <= set(branches.versions())
    branches.commit("Merge")
    assert branches.unmerged() == set()
    assert branches.git("status", "--short") == ""


def test_the_first_files_of_two_branches_conflict(repository):
    repository.git("checkout", "-q", "--orphan", "empty")
    repository.git("rm", "-rfq", ".")
    (repository.root / "README").write_text("A project without SQL files.\n")
    repository.commit("Begin")
    repository.git("branch", "feature")
    for branch, version in (("empty", "001_phones"), ("feature", "001_faxes")):
        repository.git("checkout", "-q", branch)
        repository.folder.mkdir(exist_ok=True)
        repository.add(version)
    repository.git("merge", "-q", "empty", code=1)
    assert repository.unmerged() == {"sql/schema.lock"}
    assert repository.renumber("MERGE_HEAD").moved == {"001_faxes": "002_faxes"}
    assert repository.faults() == []


def test_a_file_put_into_the_middle_conflicts_with_one_at_the_end(repository):
    repository.add("20260301000000_phones")
    repository.git("checkout", "-q", "-b", "feature")
    repository.add("20260201000000_faxes")
    repository.git("checkout", "-q", "main")
    repository.add("20260401000000_pagers")
    repository.git("merge", "-q", "feature", code=1)
    assert repository.unmerged() == {"sql/schema.lock"}
    (moved,) = repository.renumber("HEAD").moved.values()
    assert moved.endswith("_faxes")
    assert moved > "20260401000000"
    assert repository.faults() == []


def test_a_squash_conflicts_with_a_new_file(repository):
    repository.git("checkout", "-q", "-b", "feature")
    repository.add("003_phones")
    repository.git("checkout", "-q", "main")
    for version in ("001_users", "002_mails"):
        (repository.folder / f"{version}.sql").unlink()
    repository.add("002_all")
    repository.git("merge", "-q", "feature", code=1)
    assert repository.unmerged() == {"sql/schema.lock"}


def test_the_same_file_on_both_branches_is_no_conflict(repository):
    repository.git("branch", "feature")
    repository.add("003_phones")
    repository.git("checkout", "-q", "feature")
    repository.git("cherry-pick", "main")
    repository.git("commit", "-q", "--allow-empty", "-m", "Go on")
    repository.git("merge", "-q", "main")
    assert repository.faults() == []


def test_a_union_merge_is_told_by_lint(branches):
    (branches.root / ".gitattributes").write_text("*.lock merge=union\n")
    branches.git("merge", "-q", "feature")
    assert "file.lock" in branches.faults()


def test_the_attribute_that_the_documents_name_undoes_a_union(repository):
    repository.git("checkout", "-q", "-b", "feature")
    repository.add("003_faxes")
    repository.git("checkout", "-q", "main")
    repository.add("003_phones")
    (repository.root / ".gitattributes").write_text("*.lock merge=union\nsql/schema.lock merge\n")
    repository.git("merge", "-q", "feature", code=1)
    assert repository.unmerged() == {"sql/schema.lock"}


def test_five_and_five_become_five_and_six(repository):
    """The way of the workflow guide: each branch creates its next file, and both are merged."""
    repository.add("003_phones", "004_faxes")
    repository.git("checkout", "-q", "-b", "feature")
    repository.run("sqlmigrate_create", "AddPagers")
    repository.write("005_add_pagers", "004_faxes.sql", "-- See 005_add_pagers.sql.\n")
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.run("sqlmigrate_create", "AddTelex")
    repository.write("005_add_telex", "004_faxes.sql")
    repository.commit()
    repository.git("checkout", "-q", "feature")

    repository.git("merge", "-q", "main", code=1)
    assert repository.unmerged() == {"sql/schema.lock"}
    assert set(repository.faults()) == {"file.duplicate_number", "file.lock"}
    assert repository.renumber("main").moved == {"005_add_pagers": "006_add_pagers"}

    assert "-- Migration: 006_add_pagers.sql\n" in repository.text("006_add_pagers")
    assert "-- See 006_add_pagers.sql.\n" in repository.text("006_add_pagers")
    assert repository.versions()[4:] == ["005_add_telex", "006_add_pagers"]
    assert (repository.folder / "schema.lock").read_text() == lock_text(repository.versions())
    assert repository.faults() == []
    repository.git("add", "-A", "sql")
    repository.git("commit", "-q", "-m", "Merge")
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "feature")
    assert repository.faults() == []
