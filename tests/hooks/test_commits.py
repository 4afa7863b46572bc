"""What the pre-commit hook lets pass, and what it blocks: it is about what is staged."""

from __future__ import annotations

import hashlib
import os
import re
import sys

import pytest
from ruamel.yaml import YAML

from tests.hooks.conftest import (
    ASKED,
    FIRST,
    FIRST_SQL,
    MODELS_WITH_PRICE,
    ROOT,
    SECOND,
    SECOND_SQL,
    Done,
    Repository,
    put_python,
    sql,
)

pytestmark = pytest.mark.db
BLOCKED = "❌ Schema validation failed. Commit blocked."


def blocked(done: Done, *words: str) -> None:
    assert done.code == 1, done.output
    assert BLOCKED in done.output
    assert "git commit --no-verify" in done.output
    for each in words:
        assert each in done.output


def passed(done: Done) -> None:
    assert done.code == 0, done.output
    assert BLOCKED not in done.output


def test_a_file_and_the_model_that_goes_with_it_pass(served_shop: Repository) -> None:
    settings = (served_shop.top / "shop/settings.py").read_text(encoding="utf-8")
    with_django = settings.replace('"shop"]', '"shop", "django.contrib.contenttypes"]')
    served_shop.write("shop/settings.py", with_django)
    served_shop.write(SECOND, SECOND_SQL)
    served_shop.write("shop/models.py", MODELS_WITH_PRICE)
    done = served_shop.commit()
    passed(done)
    assert "✅ What is staged is in order: 1 SQL file changed" in done.output
    assert "Not checked" not in done.output
    assert served_shop.git("log", "-1", "--format=%s") == "a change"
    assert served_shop.left_behind == []


def test_a_file_that_does_not_run_is_blocked(served_shop: Repository) -> None:
    served_shop.write(SECOND, SECOND_SQL.replace("TABLE article", "TABLE nowhere"))
    served_shop.write("shop/models.py", MODELS_WITH_PRICE)
    done = served_shop.commit()
    blocked(done, f"{SECOND}:11: {SECOND} fails when all files", '"nowhere" does not exist')
    assert served_shop.left_behind == []


def test_a_model_without_migration_is_blocked_with_the_line_that_drafts_it(
    served_shop: Repository,
) -> None:
    served_shop.write("shop/models.py", MODELS_WITH_PRICE)
    done = served_shop.inside("shop").commit()
    create = "python manage.py sqlmigrate_create AddPriceToArticle --from-models"
    blocked(done, "column price is in the model, no SQL file makes it", create)
    assert "shop/models.py:7" in done.output


def test_a_file_that_git_add_has_forgotten_is_named(served_shop: Repository) -> None:
    served_shop.write(SECOND, SECOND_SQL, add=False)
    served_shop.write("shop/models.py", MODELS_WITH_PRICE)
    blocked(served_shop.inside("shop").commit(), f"Not staged: {SECOND}; does the commit lack it")


def test_a_file_that_no_model_follows_is_blocked_with_both_ways_on(
    served_shop: Repository,
) -> None:
    up, down = "CREATE TABLE IF NOT EXISTS audit (what text);", "DROP TABLE IF EXISTS audit;"
    before = "001_articles.sql"
    served_shop.write("migrations_sql/002_audit.sql", sql("002_audit", up, down, before=before))
    ways = "Write a model with db_table = 'audit'; if none is to have it, say so in IGNORE."
    blocked(served_shop.commit(), "the table is in SQL files, no model has it", ways)
    settings = (served_shop.top / "shop/settings.py").read_text(encoding="utf-8")
    entry = {"code": "table.extra", "object": "audit", "reason": "triggers write it"}
    served_shop.write("shop/settings.py", f'{settings}SCHEMA_TOOLS = {{"IGNORE": [{entry}]}}\n')
    passed(served_shop.commit())


def test_the_staged_half_of_a_file_counts_and_not_the_work_tree(served_shop: Repository) -> None:
    served_shop.write(SECOND, SECOND_SQL)
    served_shop.write("shop/models.py", MODELS_WITH_PRICE)
    served_shop.write(SECOND, "broken in the work tree", add=False)
    served_shop.write("shop/models.py", "broken = (", add=False)
    passed(served_shop.commit())
    served_shop.write(SECOND, SECOND_SQL.replace("integer", "bigint"))
    served_shop.write(SECOND, SECOND_SQL, add=False)
    blocked(served_shop.commit(), "models: integer | migrations: bigint")


@pytest.mark.parametrize("way", ["edit", "delete", "rename"])
def test_a_file_on_the_main_branch_stays_as_it_is(served_shop: Repository, way: str) -> None:
    match way:
        case "edit":
            served_shop.write(FIRST, FIRST_SQL.replace("Somebody", "Somebody else"))
        case "delete":
            served_shop.git("rm", "-q", FIRST)
        case "rename":
            served_shop.git("mv", FIRST, "migrations_sql/001_goods.sql")
    would = "changed" if way == "edit" else "deleted or given another name"
    done = served_shop.commit()
    blocked(
        done, f"{FIRST}: the file is on origin/main, and would be {would}", "history.published"
    )
    assert f"git checkout origin/main -- {FIRST}" in done.output


def test_what_is_to_be_typed_fits_the_top_folder(served_shop: Repository) -> None:
    first = f"back end/{FIRST}"
    (served_shop.top / "back end").mkdir()
    served_shop.git("mv", "manage.py", "migrations_sql", "shop", "back end")
    served_shop.git("commit", "-q", "--no-verify", "-m", "Into a folder")
    served_shop.git("config", "schematools.main", "main")
    served_shop.write(first, FIRST_SQL.replace("Somebody", "Somebody else"))
    done = served_shop.commit()
    blocked(done, f"{first}: the file is on main, and would be changed")
    assert "python 'back end/manage.py' validate_schema --no-database" in done.output
    typed = re.search(r"\((git checkout .*?)\)", " ".join(done.output.split()))
    assert typed is not None, done.output
    back = served_shop.run("sh", "-c", typed[1])
    assert back.code == 0, back.output
    assert served_shop.git("diff", "--cached", "--name-only") == ""


def test_a_file_that_the_database_has_applied_stays_as_it_is(served_shop: Repository) -> None:
    served_shop.write(SECOND, SECOND_SQL)
    served_shop.write("shop/models.py", MODELS_WITH_PRICE)
    applied = served_shop.run(sys.executable, "manage.py", "sqlmigrate_apply", "--noinput")
    assert applied.code == 0, applied.output
    passed(served_shop.commit())
    served_shop.write(SECOND, SECOND_SQL.replace("Somebody", "Somebody else"))
    blocked(served_shop.commit(), f"{SECOND}: the file was changed after it had been applied")


def test_a_merge_is_looked_at_as_a_commit_is(served_shop: Repository) -> None:
    served_shop.git("checkout", "-q", "-b", "feature")
    served_shop.write("shop/models.py", MODELS_WITH_PRICE)
    served_shop.git("commit", "-q", "--no-verify", "-m", "The model alone")
    served_shop.git("checkout", "-q", "main")
    merged = served_shop.run("git", "merge", "--no-ff", "-m", "merge", "feature")
    assert merged.code != 0
    assert BLOCKED in merged.output


def test_a_project_that_cannot_be_loaded_is_told_what_is_missing(served_shop: Repository) -> None:
    served_shop.write("shop/prices.py", "", add=False)
    served_shop.write("shop/models.py", f"import shop.prices\n{MODELS_WITH_PRICE}")
    done = served_shop.commit()
    blocked(
        done, "No module named 'shop.prices'", "something that the project needs is not staged"
    )


def test_what_git_ignores_is_there_for_the_settings(served_shop: Repository) -> None:
    settings = (served_shop.top / "shop/settings.py").read_text(encoding="utf-8")
    served_shop.write(".env", "more secret", add=False)
    served_shop.write(
        "shop/settings.py", settings + 'SECRET_KEY = (BASE_DIR / ".env").read_text()\n'
    )
    passed(served_shop.commit())


def test_code_is_staged_code_where_python_is_led_to_the_work_tree(served_shop: Repository) -> None:
    top = str(served_shop.top)
    path = f"{served_shop.environment['PYTHONPATH']}:{top}"
    served_shop.write("shop/models.py", MODELS_WITH_PRICE)
    served_shop.write("shop/models.py", "broken = (", add=False)
    done = served_shop.run("git", "commit", "-m", "a change", PYTHONPATH=path)
    blocked(done, "column price is in the model, no SQL file makes it")


def test_files_that_a_squashed_file_stands_for_may_go(served_shop: Repository) -> None:
    checksum = hashlib.sha256(FIRST_SQL.encode()).hexdigest()
    squashes = f"-- Squashes: 001_articles.sql sha256:{checksum}\n-- Dependencies"
    text = FIRST_SQL.replace("001_articles.sql\n", "001_squashed.sql\n", 1)
    served_shop.write("migrations_sql/001_squashed.sql", text.replace("-- Dependencies", squashes))
    served_shop.git("rm", "-q", FIRST)
    passed(served_shop.commit())


def test_in_ci_all_that_is_new_on_the_branch_is_looked_at(served_shop: Repository) -> None:
    served_shop.git("checkout", "-q", "-b", "feature")
    served_shop.write(FIRST, FIRST_SQL.replace("Purpose", "Aim"))
    served_shop.git("commit", "-q", "--no-verify", "-m", "unchecked")
    assert served_shop.run(".githooks/check-staged").output == ""
    # The pre-commit framework says so of itself; there nothing is staged.
    for done in (
        served_shop.run(".githooks/check-staged", "--all"),
        served_shop.run(".githooks/check-staged", PRE_COMMIT="1"),
    ):
        blocked(done, "the file is on origin/main, and would be changed", "lint.header")


def test_the_pre_commit_framework_is_told_of_the_script() -> None:
    (hook,) = YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")
    assert hook["language"] == "script"
    assert os.access(ROOT / hook["entry"], os.X_OK)
    assert hook["always_run"]
    assert not hook["pass_filenames"]


def test_a_setting_that_misses_the_folder_is_told(served_shop: Repository) -> None:
    settings = (served_shop.top / "shop/settings.py").read_text(encoding="utf-8")
    more = 'SCHEMA_TOOLS = {"MIGRATIONS_DIR": BASE_DIR / "db/sql"}\n'
    served_shop.write("shop/settings.py", settings + more)
    (served_shop.top / "db").mkdir()
    served_shop.git("mv", "migrations_sql", "db/sql")
    done = served_shop.commit()
    assert "git config --file .githooks/config schematools.migrations db/sql" in done.output
    put_python(served_shop)
    served_shop.git("config", "schematools.migrations", "db/sql")
    served_shop.write("db/sql/001_articles.sql", "changed")
    assert ASKED in served_shop.commit().output


def test_a_lock_file_that_is_wrong_is_told(served_shop: Repository) -> None:
    served_shop.write("migrations_sql/schema.lock", "001_something_else 0123456789abcdef\n")
    blocked(served_shop.commit(), "migrations_sql/schema.lock", "file.lock")


def test_a_history_that_cannot_be_read_blocks_nothing(served_shop: Repository, database) -> None:
    database.execute("CREATE TABLE schema_migrations (version bigint, dirty boolean)")
    served_shop.write(SECOND, SECOND_SQL)
    served_shop.write("shop/models.py", MODELS_WITH_PRICE)
    done = served_shop.commit()
    passed(done)
    assert "whether the files are applied in the database: " in done.output
    assert "golang-migrate" in done.output
