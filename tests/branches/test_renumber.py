"""Which files move, to which numbers, what is changed in them, and when nothing is touched."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from schema_tools.errors import Unavailable
from schema_tools.history.lock_file import lock_text
from schema_tools.history.renumbering import former_versions, new_versions, with_new_names
from schema_tools.services import renumber as service
from schema_tools.services.renumber import renumber
from tests.reports.test_json_schemas import complaints

pytestmark = pytest.mark.process  # git

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def text(*arguments: str) -> str:
    """Return the report as text, or the error."""
    out = io.StringIO()
    try:
        call_command("sqlmigrate_renumber", *arguments, stdout=out)
    except CommandError as error:
        return out.getvalue() + str(error)
    return out.getvalue()


@pytest.fixture
def branches(repository):
    """On `feature`, which has added two files; `main` has added one since."""
    repository.git("branch", "feature")
    repository.add("003_phones")
    repository.git("checkout", "-q", "feature")
    repository.add("003_faxes", "004_pagers")
    return repository


@pytest.mark.parametrize(
    ("versions", "last", "becomes"),
    [
        (["003_a"], "003_x", ["004_a"]),
        (["003_a", "004_b"], "005_x", ["006_a", "007_b"]),
        (["003_a", "007_b"], "003_x", ["004_a", "005_b"]),
        (["004_a"], "003_x", ["004_a"]),
        (["999_a"], "0999_x", ["1000_a"]),
        (["0003_a"], "0007_x", ["0008_a"]),
        (["001_a"], "", ["001_a"]),
        (["20260101000000_a"], "20260201000000_x", ["20260301120000_a"]),
        (["20260101000000_a", "20260102000000_b"], "20260201000000_x",
         ["20260301120000_a", "20260301120001_b"]),
        (["20260301000000_a"], "20260201000000_x", ["20260301000000_a"]),
        (["20260101000000_a"], "20270101000000_x", ["20270101000001_a"]),
        (["20260101000000_a"], "003_x", ["20260101000000_a"]),
        (["003_a"], "20260201000000_x", ["20260301120000_a"]),
    ],
)  # fmt: skip
def test_numbers(versions, last, becomes):
    assert list(new_versions(versions, last, NOW).values()) == becomes


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"-- Migration: 003_a.sql\r\n", b"-- Migration: 006_a.sql\r\n"),
        (b"-- Dependencies: 002_x.sql, 003_a.sql", b"-- Dependencies: 002_x.sql, 006_a.sql"),
        (b"-- dependencies: 3, 002", b"-- dependencies: 006, 002"),
        (b"-- Purpose: room for 003 rows", b"-- Purpose: room for 003 rows"),
        (b"SELECT '003_a'; -- and 004_b", b"SELECT '006_a'; -- and 003_a"),
        (b"x003_a 003_ab 1003_a", b"x003_a 003_ab 1003_a"),
        (b"\xff\xfe 003_a \x00", b"\xff\xfe 006_a \x00"),
    ],
)
def test_what_names_a_moved_file_is_changed_and_nothing_else(before, after):
    assert with_new_names(before, {"003_a": "006_a", "004_b": "003_a"}) == after


def test_what_has_moved_before_is_known_by_its_name():
    contents = [b"-- Dependencies: 003_a.sql, 002_old.sql, 009_gone\n", b"-- 008_b\n"]
    becomes = {"004_a": "005_a", "005_b": "006_b"}
    assert former_versions(contents, becomes, {"002_old"}) == {"003_a": "005_a"}
    assert with_new_names(contents[0], becomes, {"003_a": "005_a"}) == (
        b"-- Dependencies: 005_a.sql, 002_old.sql, 009_gone\n"
    )


def test_new_files_move_in_their_order_with_header_references_and_lock(branches):
    branches.write("004_pagers", "003_faxes.sql", "-- Like 003_faxes, 0003_faxes and 003.\n")
    moved = branches.renumber("main").moved
    assert moved == {"003_faxes": "004_faxes", "004_pagers": "005_pagers"}
    assert branches.versions() == ["001_users", "002_mails", "004_faxes", "005_pagers"]
    assert "-- Migration: 004_faxes.sql\n" in branches.text("004_faxes")
    assert "-- Dependencies: 002_mails.sql\n" in branches.text("004_faxes")
    assert "-- Dependencies: 004_faxes.sql\n" in branches.text("005_pagers")
    assert "-- Like 004_faxes, 0003_faxes and 003.\n" in branches.text("005_pagers")
    assert (branches.folder / "schema.lock").read_text() == lock_text(branches.versions())


def test_the_report_says_what_to_do_next(branches):
    lines = text("--onto", "main").splitlines()
    assert lines[-1] == (
        "✅ 2 files moved behind 003_phones. Next: git add -A sql, commit it, and git merge main, "
        "which has 003_phones"
    )


def test_before_a_merge_it_leaves_a_conflict_of_the_lock_that_fix_settles(branches):
    branches.renumber("main")
    branches.commit()
    branches.git("merge", "-q", "main", code=1)
    assert branches.unmerged() == {"sql/schema.lock"}
    branches.lock()
    assert branches.faults() == []


def test_once_more_nothing_moves(branches):
    branches.renumber("main")
    before = {path: path.read_bytes() for path in branches.folder.iterdir()}
    assert branches.renumber("main").moved == {}
    assert {path: path.read_bytes() for path in branches.folder.iterdir()} == before
    assert "Nothing to move behind main" in text("--onto", "main")


def test_a_look_touches_nothing(branches):
    before = {path: path.read_bytes() for path in branches.folder.iterdir()}
    result = branches.renumber("main", "--dry-run")
    assert result.moved == {"003_faxes": "004_faxes", "004_pagers": "005_pagers"}
    assert result.report["written"] is False
    assert {path: path.read_bytes() for path in branches.folder.iterdir()} == before
    assert branches.git("status", "--short") == ""


def test_the_index_is_left_as_it_is(branches):
    branches.renumber("main")
    assert branches.git("diff", "--cached", "--name-only") == ""


def test_files_that_are_not_committed_move_too(repository):
    repository.git("branch", "feature")
    repository.add("003_phones")
    repository.git("checkout", "-q", "feature")
    repository.write("003_faxes")
    assert repository.renumber("main").moved == {"003_faxes": "004_faxes"}


def test_files_that_the_other_branch_has_removed_are_not_new(repository):
    repository.git("branch", "feature")
    for version in ("001_users", "002_mails"):
        (repository.folder / f"{version}.sql").unlink()
    repository.add("002_all", "003_phones")
    repository.git("checkout", "-q", "feature")
    repository.add("003_faxes")
    assert repository.renumber("main").moved == {"003_faxes": "004_faxes"}


def test_a_commit_at_a_time_in_a_rebase(repository):
    repository.git("branch", "feature")
    repository.add("003_phones")
    repository.git("checkout", "-q", "feature")
    repository.add("003_zebras")
    repository.add("004_apes")
    repository.git("rebase", "-q", "main", code=1)
    assert repository.renumber("main").moved == {"003_zebras": "004_zebras"}
    repository.git("add", "-A")
    repository.git("-c", "core.editor=true", "rebase", "--continue", code=1)
    assert repository.renumber("main").moved == {"004_apes": "005_apes"}
    repository.git("add", "-A")
    repository.git("-c", "core.editor=true", "rebase", "--continue")
    assert repository.versions()[2:] == ["003_phones", "004_zebras", "005_apes"]
    assert "-- Dependencies: 004_zebras.sql\n" in repository.text("005_apes")
    assert repository.faults() == []


def test_files_keep_their_mode(branches):
    (branches.folder / "003_faxes.sql").chmod(0o640)
    branches.renumber("main")
    assert (branches.folder / "004_faxes.sql").stat().st_mode & 0o777 == 0o640


def test_from_a_folder_below(branches, monkeypatch):
    monkeypatch.chdir(branches.folder)
    assert branches.renumber("main").moved["003_faxes"] == "004_faxes"


@pytest.mark.parametrize(
    ("onto", "says"),
    [
        ("nowhere", "git knows no commit 'nowhere'"),
        ("-q", "git knows no commit '-q'"),
        ("main:sql", "git knows no commit 'main:sql'"),
    ],
)
def test_a_commit_that_is_not_there_is_refused(branches, onto, says):
    result = branches.run("sqlmigrate_renumber", f"--onto={onto}")
    assert result.code == 2
    assert says in result.report["findings"][0]["message"]


def test_branches_that_have_nothing_in_common_are_refused(branches):
    branches.git("checkout", "-q", "--orphan", "other")
    branches.commit()
    (found,) = branches.renumber("main", code=2).report["findings"]
    assert "have in common" in found["message"]
    assert found["hint"] == "In a shallow clone: git fetch --unshallow"


def test_without_a_repository_it_is_refused(branches, tmp_path_factory, settings):
    folder = tmp_path_factory.mktemp("elsewhere")
    settings.SCHEMA_TOOLS = {"MIGRATIONS_DIR": folder}
    (found,) = branches.renumber("main", code=2).report["findings"]
    assert "not a git repository" in found["message"]


def test_without_git_it_is_refused(branches, monkeypatch):
    monkeypatch.setenv("PATH", str(branches.root))
    (found,) = branches.renumber("main", code=2).report["findings"]
    assert found["message"].startswith("git cannot be run in sql: No such file")


def test_a_file_in_conflict_is_refused(repository):
    repository.git("branch", "feature")
    repository.add("003_phones")
    repository.git("checkout", "-q", "feature")
    repository.write("003_phones", more="-- Another one.\n")
    repository.lock()
    repository.commit()
    repository.add("004_faxes")
    repository.git("merge", "-q", "main", code=1)
    (found,) = repository.renumber("main", code=2).report["findings"]
    assert found["message"].startswith("sql/003_phones.sql: the file is in conflict")
    assert "git show :2:./003_phones.sql" in found["hint"]
    repository.git("checkout", "--theirs", "sql/003_phones.sql")
    repository.git("add", "sql/003_phones.sql")
    repository.renumber("main")
    assert repository.faults() == []


def test_a_squashed_file_keeps_its_number(branches):
    branches.write("004_pagers", more="-- Squashes: 003_faxes.sql sha256:00\n")
    (found,) = branches.renumber("main", code=2).report["findings"]
    assert "squashed file" in found["message"]
    assert branches.versions()[2:] == ["003_faxes", "004_pagers"]


def test_a_name_that_is_taken_meanwhile_is_left_alone(branches, monkeypatch):
    real = service.contents_of

    def meanwhile(folder, versions):
        found = real(folder, versions)
        (folder / "004_faxes.sql").write_text("Somebody else's.")
        return found

    monkeypatch.setattr(service, "contents_of", meanwhile)
    (found,) = branches.renumber("main", code=3).report["findings"]
    assert "File exists; the files are as they were" in found["message"]
    assert branches.versions()[2:] == ["003_faxes", "004_faxes", "004_pagers"]
    assert branches.text("004_faxes") == "Somebody else's."


@pytest.mark.parametrize("stops", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("at", ["open", "unlink"])
@pytest.mark.parametrize("turn", [1, 2])
def test_nothing_is_lost_where_it_stops_half_way(branches, monkeypatch, stops, at, turn):
    before = {path: path.read_bytes() for path in branches.folder.iterdir()}
    real, turns = getattr(Path, at), []

    def stop(path, *arguments, **more):
        if at == "open" and arguments != ("xb",):
            return real(path, *arguments, **more)
        turns.append(path)
        if len(turns) == turn:
            raise stops
        return real(path, *arguments, **more)

    monkeypatch.setattr(Path, at, stop)
    kind = Unavailable if isinstance(stops, OSError) else KeyboardInterrupt
    with pytest.raises(kind):
        renumber("default", "main", now=NOW)
    monkeypatch.undo()
    assert {path: path.read_bytes() for path in branches.folder.iterdir()} == before


@pytest.mark.db
def test_a_file_that_is_applied_in_a_database_is_refused(branches, alias, database, monkeypatch):
    monkeypatch.setattr(service, "all_aliases", lambda: (alias,))
    result = branches.run("sqlmigrate_apply", "003", f"--database={alias}")
    assert result.code == 0
    refused = branches.renumber("main", code=2)
    (found,) = refused.report["findings"]
    assert found["code"] == "history.renumber"
    assert found["message"] == (
        f"it cannot get another number: it is applied in database '{alias}'"
    )
    assert f"manage.py sqlmigrate_rollback 002_mails --plan --database {alias}" in found["hint"]
    assert branches.versions()[2:] == ["003_faxes", "004_pagers"]
    assert complaints("sqlmigrate_renumber", refused.report) == []
    branches.run("sqlmigrate_rollback", f"--database={alias}", "--noinput", "--allow-data-loss")
    done = branches.renumber("main")
    assert done.moved["003_faxes"] == "004_faxes"
    assert complaints("sqlmigrate_renumber", done.report) == []


def test_a_database_out_of_reach_is_named(branches, monkeypatch, settings):
    from django.db import connections

    monkeypatch.setitem(
        connections.databases,
        "nowhere",
        {
            **connections.databases["default"],
            "ENGINE": "django.db.backends.postgresql",
            "HOST": str(branches.root),
        },
    )
    monkeypatch.setattr(service, "all_aliases", lambda: ("nowhere",))
    (missed,) = branches.renumber("main").report["not_checked"]
    assert missed["what"] == "what is applied in database 'nowhere'"
    assert "cannot be reached" in missed["reason"]
