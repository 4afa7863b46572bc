"""Write the pages under docs/, and the parts of pages, that are made from the code."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import django  # noqa: E402

from schema_tools.findings import Severity  # noqa: E402
from scripts.markdown import MADE, cell, said  # noqa: E402

DOCS = ROOT / "docs"
# What every command of Django takes: its words are those of Django's version.
OF_DJANGO = frozenset(
    "help version verbosity settings pythonpath traceback no_color force_color skip_checks".split()
)
EXIT_CODES_PAGE = """\
# Exit codes

{made}

{table}
After 2 nothing was touched. After 3 and 4 the same command may be run again: what was done by then
counts, and it goes on from there. After 5 read what the message says is in the database now, then
[Emergency procedures](../emergency.md).

## Which error has which code

The nearest class of an error decides; one that is not here ends with 70.

| code | error | says |
|---|---|---|
{rows}"""
PART = "<!-- reference: {} -->\n{}<!-- /reference -->\n"


def pages() -> dict[str, str]:
    """Return the text that each of the pages should have, by its path below docs/."""
    from schema_tools.linter import manual, rule
    from schema_tools.schema import kinds, tolerance, tolerance_manual
    from schema_tools.schema import manual as kinds_manual
    from scripts import finding_codes_page

    return {
        "lint-rules.md": manual.page(rule.rules().values()),
        "kinds.md": kinds_manual.page(kinds.kinds().values()),
        "tolerances.md": tolerance_manual.page(tolerance.tolerances().values()),
        "reference/commands.md": commands(),
        "reference/exit-codes.md": exit_codes(),
        "reference/finding-codes.md": finding_codes_page.page(),
        "settings.md": with_part("settings.md", "settings", settings),
        "commands.md": with_part("commands.md", "exit codes", lambda _now: exit_code_table()),
    }


def with_part(page: str, name: str, make: Callable[[str], str]) -> str:
    """Return a page with the part of that name made anew from what stands there now."""
    text = (DOCS / page).read_text(encoding="utf-8")
    begin, end = PART.format(name, "\0").split("\0")
    before, found, rest = text.partition(begin)
    now, ended, after = rest.partition(end)
    if not (found and ended):
        raise SystemExit(f"docs/{page} has no part between {begin.strip()} and {end.strip()}")
    return before + begin + make(now) + end + after


def commands() -> str:
    """Return the page of all commands: what each takes, as its own parser says it."""
    from django.core.management import get_commands, load_command_class

    names = sorted(name for name, app in get_commands().items() if app == "schema_tools")
    parsers = {
        name: load_command_class("schema_tools", name).create_parser("manage.py", name)
        for name in names
    }
    return (
        f"# Options of all commands\n\n{MADE} What a command does, and why, says\n"
        "[Commands](../commands.md); the same as here is shown by `manage.py COMMAND --help`.\n"
        "All take what Django's commands take, besides: `--verbosity`, `--no-color`,\n"
        "`--force-color`, `--traceback`, `--settings`, `--pythonpath`.\n"
        + "".join(_command(name, parser) for name, parser in parsers.items())
    )


def _command(name: str, parser: argparse.ArgumentParser) -> str:
    arguments = [action for action in parser._actions if action.dest not in OF_DJANGO]
    rows = "".join(map(_option, sorted(arguments, key=lambda each: bool(each.option_strings))))
    return (
        f"\n## {name}\n\n{cell(parser.description or '')}\n\n"
        f"| argument or option | does | default |\n|---|---|---|\n{rows}\n"
        f"```sh\n{(parser.epilog or '').removeprefix('Example: ')}\n```\n"
    )


def _option(action: argparse.Action) -> str:
    value = action.metavar or "|".join(map(str, action.choices or ()))
    written = f"{action.option_strings[0]} {value}" if action.option_strings else str(value)
    text = (action.help or "").replace(" (default: %(default)s)", "").replace("%%", "%")
    default = f"`{action.default}`" if action.default else ""
    return f"| `{cell(written)}` | {cell(text)} | {default} |\n"


def settings(now: str) -> str:
    """Return the table of the settings: names and defaults of the code, meanings as they stand."""
    from schema_tools.conf import Settings

    meanings = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+) \| [^|]+ \|$", now, re.MULTILINE))
    of_aliases = "values for one alias: `{alias: {…}}`"
    rows = [
        (field.name.upper(), meanings.get(field.name.upper()), _default(field.name, field.default))
        for field in fields(Settings)
    ]
    if missing := [name for name, meaning, _default in rows if not meaning]:
        raise SystemExit(
            f"docs/settings.md: say what {', '.join(missing)} means, in a row of its own"
        )
    table = "".join(
        f"| `{name}` | {meaning} | {default} |\n"
        for name, meaning, default in [*rows, ("DATABASES", of_aliases, "`{}`")]
    )
    return f"| key | means | default |\n|---|---|---|\n{table}"


def _default(name: str, value: object) -> str:
    words = {
        "apps": "apps with models and no Django migrations",
        "scratch": "the server of the alias",
    }
    match value:
        case _ if name in words:
            return words[name]
        case Path():
            return f'`BASE_DIR / "{value}"`'
        case tuple():
            return f"`{json.dumps(list(value))}`"
        case Severity():
            return f'`"{value.label}"`'
        case str():
            return f'`"{value}"`'
        case _:
            return f"{value:g}"


def exit_code_table() -> str:
    """Return the table of the exit codes."""
    from schema_tools.management.exit_codes import MEANINGS

    rows = "".join(f"| {code} | {meaning} |\n" for code, meaning in MEANINGS.items())
    return f"| code | meaning |\n|---|---|\n{rows}"


def exit_codes() -> str:
    """Return the page that says which error ends a command with which code."""
    from schema_tools.management.exit_codes import EXIT_CODES

    rows = "".join(
        f"| {code} | {_full_name(error)} | {said(error)} |\n"
        for error, code in sorted(EXIT_CODES.items(), key=lambda item: item[1])
    )
    return EXIT_CODES_PAGE.format(made=MADE, table=exit_code_table(), rows=rows)


def _full_name(error: type[BaseException]) -> str:
    library = error.__module__.partition(".")[0]
    return f"`{error.__name__}`" if library == "builtins" else f"`{library}`: `{error.__name__}`"


def main() -> int:
    """Write what is not as it should be; say what that was."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authservice.settings")
    django.setup()
    for name, text in pages().items():
        path = DOCS / name
        if not path.exists() or path.read_bytes() != text.encode():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text.encode())
            sys.stdout.write(f"wrote docs/{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
