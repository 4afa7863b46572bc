"""Prepare Django as a project's manage.py does, without running any command of it."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

import django
from django.apps import apps
from django.core.management import ManagementUtility

from schema_tools.errors import ConfigurationError, SchemaToolsError


def set_up(manage: Path) -> None:
    """Run manage.py, which chooses the settings, up to where it would run a command.

    Raises ConfigurationError where the project cannot be loaded.
    """
    os.chdir(manage.parent)
    sys.path.insert(0, str(manage.parent))
    before = ManagementUtility.execute, sys.argv
    ManagementUtility.execute = _only_set_up  # type: ignore[assignment, method-assign]
    sys.argv = [str(manage), "validate_schema"]
    try:
        runpy.run_path(str(manage), run_name="__main__")
    except SchemaToolsError:
        raise
    except (Exception, SystemExit) as error:
        if not (isinstance(error, SystemExit) and apps.ready):
            raise _cannot_be_loaded(error) from error
    finally:
        ManagementUtility.execute, sys.argv = before  # type: ignore[method-assign]
    if not apps.ready:
        raise ConfigurationError(
            f"{manage.name} ran no command of Django's",
            hint="It has to call django.core.management.execute_from_command_line.",
        )


def _only_set_up(_command_line: ManagementUtility) -> None:
    django.setup()


def _cannot_be_loaded(error: BaseException) -> ConfigurationError:
    return ConfigurationError(
        f"the project cannot be loaded: {type(error).__name__}: {error}",
        hint="Does the same happen with: python manage.py check? If it does not, something that "
        "the project needs is not staged; git status shows it.",
    )
