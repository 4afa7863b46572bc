"""A project is prepared as its manage.py prepares it, and from the right folder."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from schema_tools.errors import ConfigurationError
from schema_tools.hooks import wrong_tree
from schema_tools.hooks.wrong_tree import refuse_other_trees
from tests.hooks.conftest import MANAGE, Repository

PROGRAM = """
import sys
from pathlib import Path
from schema_tools.errors import SchemaToolsError
from schema_tools.hooks.django_project import set_up
from django.core.management import ManagementUtility

before = ManagementUtility.execute
try:
    set_up(Path("manage.py").resolve())
except SchemaToolsError as error:
    print(f"{error} -> {error.hint}")
else:
    from django.apps import apps
    from django.conf import settings
    print(sorted(apps.app_configs), settings.SETTINGS_MODULE)
assert ManagementUtility.execute is before
"""
RUN = "execute_from_command_line(sys.argv)"
READY = "['schema_tools', 'shop'] shop.settings"
MANAGES = {
    "Django's own": (MANAGE, READY),
    "one that ends the program": (MANAGE.replace(RUN, f"sys.exit({RUN})"), READY),
    "one that makes the utility itself": (
        MANAGE.replace(RUN, "management.ManagementUtility(sys.argv).execute()").replace(
            "from django.core.management import execute_from_command_line",
            "from django.core import management",
        ),
        READY,
    ),
    "one that runs nothing": ("import sys\n", "manage.py ran no command of Django's"),
    "one that cannot": ("1 / 0\n", "the project cannot be loaded: ZeroDivisionError"),
    "one that gives up": ("raise SystemExit('no Django')\n", "SystemExit: no Django"),
    "one without its settings": (
        MANAGE.replace("shop.settings", "shop.nowhere"),
        "No module named 'shop.nowhere'",
    ),
}


@pytest.mark.process
@pytest.mark.parametrize(("manage", "says"), MANAGES.values(), ids=MANAGES)
def test_django_is_ready_or_it_is_said_why_not(
    bare_shop: Repository, manage: str, says: str
) -> None:
    bare_shop.write("manage.py", manage)
    done = bare_shop.run(sys.executable, "-c", PROGRAM)
    assert done.code == 0, done.output
    assert says in done.output


def test_an_app_from_the_work_tree_is_refused(tmp_path: Path, monkeypatch) -> None:
    top = tmp_path / "top"
    tree = top / ".git/schema_tools/staged"
    for folder in (top / "shop", tree / "shop", top / ".venv/lib/other"):
        folder.mkdir(parents=True)
    (tree / ".venv").symlink_to(top / ".venv")
    paths = {"shop": tree / "shop", "other": top / ".venv/lib/other", "schema_tools": top / "shop"}
    configs = [SimpleNamespace(name=name, label=name, path=path) for name, path in paths.items()]
    monkeypatch.setattr(wrong_tree.apps, "get_app_configs", lambda: configs)
    refuse_other_trees(tree, (top,))
    configs[0].path = top / "shop"
    with pytest.raises(ConfigurationError, match="the app shop was imported from") as caught:
        refuse_other_trees(tree, (top,))
    assert "editable" in caught.value.hint


@pytest.mark.process
def test_help_says_what_each_action_does(user) -> None:
    program = (sys.executable, "-m", "schema_tools.hooks")
    done = subprocess.run(
        [*program, "--help"], env=user, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    for action in ("install", "round_trip", "staged"):
        assert re.search(rf"^  {action} +[a-z].{{20}}", done.stdout, re.MULTILINE), done.stdout
    assert "--help" in done.stdout


@pytest.mark.process
def test_a_round_trip_where_there_is_no_manage_py_asks_for_it(bare_shop: Repository) -> None:
    round_trip = (sys.executable, "-m", "schema_tools.hooks", "round_trip")
    done = bare_shop.inside("shop").run(*round_trip)
    assert done.code == 2
    assert f"there is no {bare_shop.top}/shop/manage.py" in done.output
    assert "--manage PATH" in done.output


@pytest.mark.process
def test_an_unknown_action_lists_those_there_are(user) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "schema_tools.hooks", "nothing"],
        env=user,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "'install', 'round_trip', 'staged'" in done.stderr
