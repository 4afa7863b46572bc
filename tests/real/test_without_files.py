"""An ordinary Django project that has no SQL files: the plain one of the campaign."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.real.campaign import Stage, deviations, django, read_project

pytestmark = pytest.mark.db

PLAIN = read_project("plain")
STAGE: Stage = PLAIN.stages[0]
BY_HAND = """
ALTER TABLE auth_permission DROP CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co;
ALTER TABLE auth_permission ADD FOREIGN KEY (content_type_id) REFERENCES django_content_type
    ON DELETE CASCADE;
DROP INDEX auth_user_username_6821ab7c_like;
ALTER TABLE auth_user ALTER is_staff SET DEFAULT true;
ALTER TABLE auth_user ALTER is_superuser SET DEFAULT false;
ALTER TABLE auth_user ALTER email SET DEFAULT '';
ALTER TABLE auth_user ALTER date_joined SET DEFAULT now();
ALTER TABLE auth_user_groups ALTER id TYPE smallint;
ALTER TABLE auth_group DROP CONSTRAINT auth_group_name_key;
CREATE UNIQUE INDEX by_hand ON auth_group (name);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON auth_user FOR EACH ROW EXECUTE FUNCTION f();
CREATE VIEW v AS SELECT id FROM auth_user;
CREATE POLICY p ON auth_user USING (true);
"""


def test_a_project_without_sql_files(database) -> None:
    place = {name.upper(): value for name, value in database.params.items() if name != "dbname"}
    place["NAME"] = database.params["dbname"]

    def run(*arguments: str) -> Any:
        return django(STAGE, Path(sys.executable), place, *arguments)

    before = run("validate_schema").stdout
    assert "4 apps left out until manage.py migrate has run; in the others models and" in before
    assert run("migrate", "--verbosity", "0").returncode == 0
    done = run("validate_schema", "--format", "json")
    assert list(deviations(PLAIN, done)) == []
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert report["not_checked"] == []
    said = run("validate_schema", "-v", "2").stdout
    assert said.count("SQL file") == said.count("(there are no SQL files)") == 1

    for options in (("--no-database",), ("--only", "migrations,database")):
        refused = run("validate_schema", *options)
        assert refused.returncode == 2
        assert "the folder migrations_sql does not exist" in refused.stderr
        assert "Without SQL files, compare models with the database" in refused.stderr

    database.execute(BY_HAND)
    done = run("validate_schema", "--format", "json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert sorted(map(told, report["findings"])) == [
        "critical column.default auth_user.is_staff",
        "info column.default auth_user.email",
        "info index.missing auth_user.auth_user_username_6821ab7c_like",
        "warning column.type auth_user_groups.id",
        "warning constraint.deferrable auth_permission.auth_permission_content_type_id_fkey",
        "warning constraint.on_delete auth_permission.auth_permission_content_type_id_fkey",
    ]
    assert report["tolerated"] == {
        "automatic_id": 2,
        "derived_names": 1,
        "model_default": 2,
        "unique_index": 1,
    }
    (beyond,) = [note["what"] for note in report["not_checked"] if "trigger" in note["what"]]
    assert beyond == "what models cannot state (function: 1, policy: 1, trigger: 1, view: 1)"
    assert no_words_of_files(report)


def no_words_of_files(report: dict[str, Any]) -> bool:
    """Return whether nothing is said of files that such a project has not, nor said twice."""
    findings = report["findings"]
    texts = [each["text"] for finding in findings for each in finding["remedies"]]
    hints = [each["hint"] for each in findings if each["hint"]]
    words = json.dumps([texts, hints]).lower()
    return len(hints) == len({*hints}) and "sql file" not in words and "begin" not in words


def told(finding: dict[str, Any]) -> str:
    subject = finding["object"]
    return f"{finding['severity']} {finding['code']} {subject['table']}.{subject['name']}"


def test_a_folder_that_the_settings_name_must_be_there(database, tmp_path) -> None:
    place = {name.upper(): value for name, value in database.params.items() if name != "dbname"}
    place["NAME"] = database.params["dbname"]
    (tmp_path / "named.py").write_text(
        "from settings import *\nSCHEMA_TOOLS = {'MIGRATIONS_DIR': 'nowhere'}\n"
    )
    done = django(
        STAGE,
        Path(sys.executable),
        place,
        "validate_schema",
        "--settings=named",
        f"--pythonpath={tmp_path}",
    )
    assert done.returncode == 2
    assert "the migrations folder nowhere cannot be read" in done.stderr
