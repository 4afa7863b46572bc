"""Where Django's migrations have made what no model says, and models what no migration says."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.real.campaign import deviations, django, read_project

pytestmark = pytest.mark.db

OWN_SQL = read_project("own_sql")
UNWRITTEN = (
    "The model has changed, and no Django migration says so yet. Run: manage.py makemigrations "
    "shop, then: manage.py migrate"
)
GONE = (
    "The model of this table is gone, and no Django migration says so yet. Run: manage.py "
    "makemigrations shop, then: manage.py migrate"
)
RUNS = (
    "shop.0002_sort_paths_by_bytes runs SQL of its own that names {}: the app may need it as it "
    "is. Read that migration first; an entry in IGNORE accepts the difference."
)
BY_A_JOB = RUNS.replace("0002_sort_paths_by_bytes", "0003_visits").format("visit_page_length")


def test_the_migration_behind_a_difference_is_named(database) -> None:
    place = {name.upper(): value for name, value in database.params.items() if name != "dbname"}
    place["NAME"] = database.params["dbname"]
    (stage,) = OWN_SQL.stages

    def run(*arguments: str) -> Any:
        return django(stage, Path(sys.executable), place, *arguments)

    assert run("migrate", "--verbosity", "0").returncode == 0
    done = run("validate_schema", "--format", "json")
    assert list(deviations(OWN_SQL, done)) == []
    report = json.loads(done.stdout)
    findings = report["findings"]
    assert [note["what"] for note in report["not_checked"]] == ["model of public.shop_rights"]
    assert {named(each): each["hint"] for each in findings} == {
        "column.missing weight": UNWRITTEN,
        "table.missing shop_product_related": UNWRITTEN,
        "column.collation path of shop_category": RUNS.format("shop_category.path"),
        "column.collation path of shop_product": RUNS.format("shop_product.path"),
        "index.extra product_path_pattern": RUNS.format("product_path_pattern"),
        "table.extra shop_log": RUNS.format("shop_log"),
        "table.extra shop_retired": GONE,
        "table.comment shop_product": None,
        "index.extra visit_page_length": BY_A_JOB,
    }
    # What makemigrations is to write nobody should write by hand, nor undo unread what an app did.
    to_write = [each for each in findings if each["hint"] in (UNWRITTEN, GONE)]
    assert [each["remedies"] for each in to_write] == [[], [], []]
    safe = {named(each): each["remedies"][0]["safe"] for each in findings if each["remedies"]}
    assert [name for name, is_safe in safe.items() if is_safe] == ["table.comment shop_product"]
    edits = {named(each): each["remedies"][-1]["text"] for each in findings if each["remedies"]}
    assert edits["column.collation path of shop_category"] == 'Category.path: db_collation="C"'
    assert edits["table.comment shop_product"] == "Product.Meta: db_table_comment = 'what is sold'"
    assert edits["table.extra shop_log"].endswith("manage.py inspectdb shop_log drafts one.")


def named(finding: dict[str, Any]) -> str:
    """Return the code of a finding with its object, and the table where two have that name."""
    subject = finding["object"]
    table = f" of {subject['table']}" if subject["name"] == "path" else ""
    return f"{finding['code']} {subject['name']}{table}"
