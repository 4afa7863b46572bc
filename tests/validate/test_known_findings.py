"""validate_schema where findings are known: by IGNORE, by a baseline, and what FAIL_ON decides."""

from __future__ import annotations

import io
import json
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from schema_tools.errors import Unavailable
from schema_tools.history.directory import shown
from schema_tools.services.known_findings import read_baseline
from schema_tools.services.last_validation import last_validation
from tests.validate.sample import ROOT, validated

pytestmark = pytest.mark.db
DRIFT = """
ALTER TABLE users ALTER COLUMN email TYPE varchar(100);
DROP INDEX idx_users_role;
CREATE TABLE extra (i int, word text DEFAULT 'hunter2');
ALTER TABLE users ALTER COLUMN city SET DEFAULT 'hunter2';
"""


@pytest.fixture
def path(tmp_path: Path, settings) -> Path:
    """Where the baseline is to be."""
    settings.SCHEMA_TOOLS = {
        "MIGRATIONS_DIR": str(ROOT / "migrations_sql"),
        "BASELINE": str(tmp_path / "known.json"),
    }
    return tmp_path / "known.json"


@pytest.fixture
def drifted(sample, path: Path) -> Any:
    """A database that was changed by hand."""
    sample.execute(DRIFT)
    return sample


def ignoring(settings, *entries: dict[str, str], **more: object) -> None:
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "IGNORE": list(entries), **more}


def run(alias: str, *arguments: str) -> tuple[int, str]:
    """Run validate_schema for a person; return its exit code and all that it said."""
    out = io.StringIO()
    try:
        call_command("validate_schema", *arguments, database=alias, stdout=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}\n{error}"
    finally:
        connections[alias].close()
    return 0, out.getvalue()


def codes(result: dict[str, Any], key: str = "findings") -> list[str]:
    return sorted(each["code"] for each in result[key])


def severities(result: dict[str, Any]) -> dict[str, str]:
    return {each["code"]: each["severity"] for each in result["findings"]}


def test_rules_say_how_bad_a_finding_is(drifted, alias: str, settings, path: Path) -> None:
    before = severities(validated(alias))
    assert before["index.missing"] != "info"
    rules = {"*.*": "info", "table.extra": "critical"}
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "RULES": rules}
    result = validated(alias)
    assert severities(result) == {**dict.fromkeys(before, "info"), "table.extra": "critical"}
    assert result["summary"]["critical"] == 1
    assert run(alias)[0] == 1
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "RULES": {"*": "info"}}
    assert validated(alias)["ok"]
    assert run(alias)[0] == 0
    # A note keeps our own severity, so that it holds whatever the rules say later.
    assert run(alias, "--write-baseline")[0] == 0
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "RULES": rules}
    assert codes(validated(alias)) == []
    assert (
        severities({"findings": validated(alias)["known_findings"]})["table.extra"] == "critical"
    )


def test_with_wrong_rules_no_baseline_is_written(drifted, alias: str, settings, path) -> None:
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "RULES": {"colum.type": "info"}}
    code, said = run(alias, "--write-baseline")
    assert code == 2
    assert "is the code of no finding" in said
    assert not path.exists()


def test_ignored_findings_count_for_nothing(drifted, alias: str, settings) -> None:
    found = codes(validated(alias))
    assert found == ["column.default", "column.type", "index.missing", "table.extra"]
    ignoring(
        settings,
        {"code": "column.*", "object": "users", "reason": "the new release mends it"},
        {"code": "*.extra", "reason": "somebody else's", "until": "2999-12-31"},
        {"code": "index.*", "reason": "over", "until": "2020-01-01"},
    )
    result = validated(alias)
    assert codes(result) == ["ignore.expired", "index.missing"]
    assert codes(result, "known_findings") == ["column.default", "column.type", "table.extra"]
    assert {each["tolerated_by"] for each in result["known_findings"]} == {
        "IGNORE: the new release mends it",
        "IGNORE (until 2999-12-31): somebody else's",
    }
    assert result["summary"]["known"] == 3
    assert (result["summary"]["critical"], result["ok"]) == (0, False)


def test_text_counts_them_and_lists_them_with_v_2(drifted, alias: str, settings) -> None:
    ignoring(settings, {"code": "*", "object": "public.*", "reason": "all of it is known"})
    code, text = run(alias)
    assert code == 0
    assert "✅ Nothing new: 4 known findings not shown, 2 of them critical; " in text
    assert "objects compared" in text
    assert "all of it is known" not in text
    assert "agree" not in text
    _code, text = run(alias, "-v", "2")
    rows = [line for line in text.splitlines() if line.endswith("IGNORE: all of it is known")]
    assert [row.split()[:3] for row in rows if row.startswith("critical")] == [
        ["critical", "column.default", "public.users.city"],
        ["critical", "column.type", "public.users.email"],
    ]
    assert len(rows) == 4
    drifted.execute("DROP TABLE sessions CASCADE")
    ignoring(settings, {"object": "users", "reason": "known"})
    _code, text = run(alias)
    assert "(3 known findings not shown, 2 of them critical). " in text


def test_a_baseline_leaves_what_is_new(drifted, alias: str, path: Path) -> None:
    code, text = run(alias, "--write-baseline")
    assert code == 0, text
    assert f"4 known findings noted in {shown(path)}, 2 of them critical" in text
    assert "hunter2" not in path.read_text(encoding="utf-8")
    notes = json.loads(path.read_text(encoding="utf-8"))["databases"][alias]
    assert [(each["object"], each["code"]) for each in notes] == [
        ("public.extra", "table.extra"),
        ("public.users.city", "column.default"),
        ("public.users.email", "column.type"),
        ("public.users.idx_users_role", "index.missing"),
    ]
    result = validated(alias)
    assert (result["ok"], result["findings"], result["summary"]["known"]) == (True, [], 4)
    drifted.execute(
        "ALTER TABLE users ALTER COLUMN email TYPE varchar(90); DROP INDEX idx_sessions_user_id;"
        "ALTER TABLE users ALTER COLUMN city SET DEFAULT 'hunter3'"
    )
    result = validated(alias)
    assert codes(result) == ["column.default", "column.type", "index.missing"]
    assert result["summary"]["known"] == 2


def test_the_same_findings_make_the_same_bytes(drifted, alias: str, path: Path) -> None:
    run(alias, "--write-baseline")
    path.chmod(0o640)
    before, written = path.read_bytes(), path.stat()
    run(alias, "--write-baseline", "--no-cache")
    assert path.read_bytes() == before
    assert path.stat().st_mtime_ns == written.st_mtime_ns
    drifted.execute("CREATE TABLE another (i int)")
    run(alias, "--write-baseline")
    assert path.read_bytes() != before
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_reasons_and_other_databases_stay(drifted, alias: str, path: Path) -> None:
    run(alias, "--write-baseline")
    written = json.loads(path.read_text(encoding="utf-8"))
    notes = written["databases"][alias]
    for note in notes:
        note["reason"] = f"about {note['object']}"
    written["databases"]["other"] = notes[:1]
    path.write_text(json.dumps(written), encoding="utf-8")
    drifted.execute("ALTER TABLE users ALTER COLUMN email TYPE varchar(90)")
    assert codes(validated(alias)) == ["column.type"]
    _code, text = run(alias, "-v", "2")
    assert "BASELINE: about public.extra" in text
    _code, text = run(alias, "--write-baseline")
    gone = "Gone, with its reason (about public.users.email): column.type of public.users.email."
    assert gone in text
    there = read_baseline(path)
    assert len(there[alias]) == 4
    assert {each.object: each.reason for each in there[alias]}["public.extra"] == (
        "about public.extra"
    )
    assert [each.object for each in there["other"]] == ["public.extra"]
    assert codes(validated(alias)) == []


def test_a_run_that_saw_everything_tells_what_is_of_no_use(
    drifted, alias: str, path: Path, settings
) -> None:
    call_command("migrate", database=alias, verbosity=0)
    ignoring(settings, {"code": "view.*", "reason": "there was one"})
    run(alias, "--write-baseline")
    written = json.loads(path.read_text(encoding="utf-8"))
    for note in written["databases"][alias]:
        note["reason"] = "Ann knows"
    path.write_text(json.dumps(written), encoding="utf-8")
    drifted.execute("DROP TABLE extra; ALTER TABLE users ALTER COLUMN email TYPE varchar(90)")
    result = validated(alias)
    assert codes(result) == ["baseline.unused", "baseline.unused", "column.type", "ignore.unused"]
    assert result["ok"] is False
    unused = [each["message"] for each in result["findings"] if "unused" in each["code"]]
    assert "column.type of public.users.email says something else now" in " ".join(unused)
    assert "table.extra of public.extra is not there any more" in " ".join(unused)
    hint = f"manage.py validate_schema --write-baseline --database {alias}"
    assert [hint in each["hint"] for each in result["findings"] if "baseline" in each["code"]] == [
        True,
        True,
    ]
    for part in (
        ["--kinds", "index"],
        ["--tables", "sessions"],
        ["--only", "models,database"],
        ["--only", "migrations,database"],
        ["--no-database"],
    ):
        assert not [each for each in codes(validated(alias, *part)) if "unused" in each], part
    code, text = run(alias, "--write-baseline")
    assert code == 1  # the entry of IGNORE is still of no use
    assert "Gone, with its reason (Ann knows): table.extra of public.extra." in text
    assert codes(validated(alias)) == ["ignore.unused"]


def test_an_old_project_without_sql_files_can_begin_today(
    drifted, alias: str, path: Path, settings
) -> None:
    settings.BASE_DIR = path.parent
    settings.SCHEMA_TOOLS = {}
    drifted.execute("DELETE FROM schema_migrations")  # it has never had a file
    call_command("migrate", database=alias, verbosity=0)
    before = codes(validated(alias))
    assert {"column.type", "index.missing", "table.extra"} <= set(before)
    assert run(alias, "--write-baseline")[0] == 0
    result = validated(alias)
    assert (result["findings"], codes(result, "known_findings")) == ([], before)
    assert codes(validated(alias, "--only", "models,database")) == []
    drifted.execute("DROP TABLE extra; DROP TABLE django_session")
    assert codes(validated(alias)) == ["baseline.unused", "table.missing"]
    assert (path.parent / "schema_baseline.json").is_file()


def test_a_look_at_two_sides_knows_the_baseline(drifted, alias: str, path: Path) -> None:
    run(alias, "--write-baseline")
    result = validated(alias, "--only", "migrations,database")
    assert (result["findings"], result["summary"]["known"]) == ([], 4)
    drifted.execute("ALTER TABLE users ALTER COLUMN email TYPE varchar(90)")
    assert codes(validated(alias, "--only", "migrations,database")) == ["column.type"]


def test_a_snapshot_can_stand_for_the_files(drifted, alias: str, path: Path, settings) -> None:
    snapshot = str(path.with_name("schema.jsonl"))
    call_command("schema_snapshot", of="migrations", database=alias, output=snapshot)
    run(alias, "--write-baseline")
    ignoring(settings, {"code": "view.*", "reason": "there was one"})
    result = validated(alias, "--expected", snapshot)
    assert (result["findings"], result["summary"]["known"]) == ([], 4)
    drifted.execute("DROP INDEX idx_sessions_user_id")
    assert codes(validated(alias, "--expected", snapshot)) == ["index.missing"]


def test_trouble_with_files_is_not_noted_and_lets_notes_stay(
    drifted, alias: str, path: Path, settings
) -> None:
    run(alias, "--write-baseline")
    folder = path.parent / "sql"
    shutil.copytree(ROOT / "migrations_sql", folder)
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "MIGRATIONS_DIR": str(folder)}
    before = path.read_bytes()
    (folder / "005_bad.sql").write_text("SELECT 'never closed", encoding="utf-8")
    code, text = run(alias, "--write-baseline")
    assert code == 1
    assert "stayed, for this run could not look at everything" in text
    assert "not noted: what is pending and what is wrong with files" in text
    assert path.read_bytes() == before


def test_what_is_pending_is_not_noted(sample, alias: str, path: Path, settings) -> None:
    folder = path.parent / "sql"
    shutil.copytree(ROOT / "migrations_sql", folder)
    (folder / "005_more.sql").write_text(
        "-- UP\nBEGIN;\nCREATE VIEW more AS SELECT 1 AS one;\nCOMMIT;\n", encoding="utf-8"
    )
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "MIGRATIONS_DIR": str(folder)}
    code, _text = run(alias, "--write-baseline")
    assert code == 0
    assert read_baseline(path) == {alias: ()}
    assert codes(validated(alias)) == ["view.missing"]


@pytest.mark.parametrize(
    "part",
    [
        ["--kinds", "index"],
        ["--tables", "users"],
        ["--only", "models,migrations"],
        ["--no-database"],
        ["--expected", "x.jsonl"],
    ],
    ids=lambda part: part[0],
)
def test_a_baseline_of_a_part_is_refused(alias: str, path: Path, part: list[str]) -> None:
    code, text = run(alias, "--write-baseline", *part)
    assert code == 2
    assert "this would look at a part of it" in text
    assert "Leave out --only" in text
    assert not path.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "known.json:1 cannot be used: it is no JSON"),
        ('{"format_version": 7}', "known.json has the format 7"),
        ("<<<<<<< HEAD\n", "known.json:1 has the marks of a merge conflict"),
    ],
)
@pytest.mark.parametrize("arguments", [[], ["--write-baseline"], ["--no-database"]])
def test_a_broken_baseline_stops_the_run_and_stays(
    alias: str, path: Path, text: str, words: str, arguments: list[str]
) -> None:
    path.write_text(text, encoding="utf-8")
    code, said = run(alias, *arguments)
    assert (code, words in said) == (2, True), said
    assert "Traceback" not in said
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("place", "code", "words"),
    [
        ("/nowhere/known.json", 2, "there is no folder /nowhere"),
        ("/", 2, "is a folder"),
        ("/proc/known.json", 3, "the baseline could not be written to /proc/known.json"),
    ],
)
def test_a_place_that_cannot_take_it_is_named(
    sample, alias: str, settings, path: Path, place: str, code: int, words: str
) -> None:
    found, text = run(alias, "--write-baseline", place)
    assert (found, words in text) == (code, True), text


def test_a_write_that_fails_leaves_the_old_file(
    drifted, alias: str, path: Path, monkeypatch
) -> None:
    path.write_text('{"format_version": 1, "databases": {}}', encoding="utf-8")
    before = path.read_bytes()

    def no_room(*_arguments: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "replace", no_room)
    code, text = run(alias, "--write-baseline")
    assert code == 3
    assert "the baseline could not be written" in text
    assert "Read-only file system" in text
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_file_that_may_not_be_read_is_named(path: Path, monkeypatch) -> None:
    def denied(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(Unavailable, match="cannot be read: Permission denied"):
        read_baseline(path)


def test_another_file_is_read_where_the_setting_names_it(
    drifted, alias: str, path: Path, settings
) -> None:
    other = path.with_name("other.json")
    code, text = run(alias, "--write-baseline", str(other))
    assert code == 0
    assert f"SCHEMA_TOOLS['BASELINE'] names it: {other}" in text
    assert last_validation(alias) is None
    assert len(codes(validated(alias))) == 4
    settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "BASELINE": str(other)}
    assert codes(validated(alias)) == []


@pytest.mark.parametrize(
    ("fail_on", "arguments", "ok"),
    [
        ("critical", [], True),
        ("never", [], True),
        ("info", [], False),
        (None, [], False),
        ("never", ["--fail-on", "warning"], False),
        ("info", ["--fail-on", "critical"], True),
    ],
)
def test_fail_on_of_the_settings_is_the_default(
    sample, alias: str, path: Path, settings, fail_on: str | None, arguments: list[str], ok: bool
) -> None:
    sample.execute("DROP INDEX idx_users_role")
    if fail_on:
        settings.SCHEMA_TOOLS = {**settings.SCHEMA_TOOLS, "FAIL_ON": fail_on}
    code, text = run(alias, "--only", "migrations,database", *arguments)
    assert (code == 0) is ok, text
