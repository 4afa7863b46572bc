"""Reports as text and as JSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from schema_tools.findings import (
    Finding,
    Group,
    Location,
    NotChecked,
    Remedy,
    Report,
    Severity,
    Table,
    by_table,
)
from schema_tools.keys import Key
from schema_tools.reports.format import formats
from schema_tools.reports.formats.json import findings_of
from schema_tools.reports.style import Style, style_of

COLUMN = Finding(
    code="column.type",
    severity=Severity.CRITICAL,
    message="Table structure mismatch for table 'users': column email is varchar(100), SQL files "
    "say varchar(255)",
    hint="The database was changed by hand.",
    subject=Key("column", "public", "users", "email"),
    verdict="database_drifted",
    between=("migrations", "database"),
    values={"models": "varchar(255)", "database": None},
    locations=(Location("m/001_x.sql", 24), Location("app/models.py", 57)),
    remedies=(
        Remedy("database", "undo", "ALTER TABLE users\n    ALTER email TYPE varchar(255);", False),
    ),
    brief="column email is varchar(100), files say varchar(255)",
)
INDEX = Finding(
    code="index.missing",
    severity=Severity.WARNING,
    message="index idx_users is missing",
    subject=Key("index", "public", "users", "idx_users"),
)
TABLE = Finding(
    code="table.extra",
    severity=Severity.WARNING,
    message="table other is extra",
    subject=Key("table", "audit", "", "other"),
)
HISTORY = Finding(
    code="history.gap",
    severity=Severity.CRITICAL,
    message="a number is missing",
    hint="Find it.",
    locations=(Location("m/003_x.sql"),),
)
TOLERATED = Finding(
    code="constraint.name", severity=Severity.INFO, message="named by Django", tolerated_by="names"
)
REPORT = Report(
    title="Validation",
    findings=(COLUMN, TABLE, INDEX, HISTORY, TOLERATED),
    not_checked=(NotChecked("triggers", "models have none"),),
    summary="Look above.",
    tables=(Table(("file", "state"), (("001_x", "applied"), ("002_long_name", "pending"))),),
    body="SELECT 1;\n",
    facts={
        "database": {"alias": "default"},
        "counts": {"objects_compared": 214},
        "migrations": {"applied": 1},
    },
    ok=False,
)


PLAIN = Style()


def text(report: Report, style: Style = PLAIN) -> str:
    return formats()["text"].render(report, style)


def document(report: Report) -> dict:
    return json.loads(formats()["json"].render(report, Style()))


def test_formats_are_found_by_their_files():
    assert {"text", "json"} <= set(formats())
    assert all(name == each.name for name, each in formats().items())


def test_text_as_a_whole():
    assert (
        text(REPORT)
        == """\
❌ Look above.

Validation

file           state
001_x          applied
002_long_name  pending

SELECT 1;

❌ CRITICAL: m/003_x.sql: a number is missing [history.gap]
   → Find it.

ℹ️ INFO: named by Django [constraint.name]
   tolerated: names

❌ CRITICAL: Table structure mismatch for table 'users'
  - column email is varchar(100), files say varchar(255) [critical, column.type, database_drifted]
    models: varchar(255) | database: (absent)
    at m/001_x.sql:24, app/models.py:57
    undo in database (can lose data or block others: read it first):
        ALTER TABLE users
            ALTER email TYPE varchar(255);
  - index idx_users is missing [warning, index.missing]
  → The database was changed by hand.

⚠️ WARNING: table 'audit.other'
  - table other is extra [warning, table.extra]

Not checked:
  - triggers: models have none
"""
    )


@pytest.mark.parametrize(
    ("report", "mark"),
    [
        (Report("", summary="Fine."), "✅ Fine."),
        (Report("", summary="Pending.", ok=False), "⚠️ Pending."),
        (Report("", summary="Bad.", findings=(HISTORY,), ok=False), "❌ Bad."),
    ],
)
def test_the_summarys_mark_says_how_it_stands(report, mark):
    assert text(report).splitlines()[0] == mark


def test_a_report_of_nothing_is_an_empty_line():
    assert text(Report("")) == "\n"


def test_colours_only_where_the_style_has_them():
    assert "\x1b[" not in text(REPORT)
    assert "\x1b[31m❌ CRITICAL: Table structure mismatch" in text(REPORT, Style(colour=True))


LONG = Report(
    "",
    findings=(
        replace(
            COLUMN, hint="The database was changed by hand. Undo it, or adopt it.\nTwo lines."
        ),
        replace(HISTORY, message="a number is missing between the first file and the third one"),
    ),
    not_checked=(NotChecked("views, functions and triggers", "this version compares tables"),),
    summary="1 critical finding. The database was changed by hand: see above.",
    ok=False,
)


def test_on_a_terminal_sentences_are_wrapped_and_sql_is_not():
    assert (
        text(LONG, Style(width=50))
        == """\
❌ 1 critical finding. The database was changed by
hand: see above.

❌ CRITICAL: m/003_x.sql: a number is missing
   between the first file and the third one
   [history.gap]
   → Find it.

❌ CRITICAL: Table structure mismatch for table 'users'
  - column email is varchar(100), files say
    varchar(255) [critical, column.type,
    database_drifted]
    models: varchar(255) | database: (absent)
    at m/001_x.sql:24, app/models.py:57
    undo in database (can lose data or block others: read it first):
        ALTER TABLE users
            ALTER email TYPE varchar(255);
  → The database was changed by hand. Undo it, or
    adopt it.
  Two lines.

Not checked:
  - views, functions and triggers: this version
    compares tables
"""
    )


def test_a_command_is_not_wrapped_so_that_it_can_be_copied():
    command = "manage.py sqlmigrate_resolve 005_users --database tenant"
    hint = f"Mend the cause, then run: {command}, or look at it again tomorrow."
    shown = text(Report("", (replace(HISTORY, hint=hint),)), Style(width=60)).splitlines()
    assert [line.strip() for line in shown[-3:]] == [
        "→ Mend the cause, then run:",
        f"{command},",
        "or look at it again tomorrow.",
    ]


def test_values_that_are_long_stand_one_below_the_other():
    values = {"migrations": "SELECT 1\n  FROM a;", "database": "x" * 100, "models": None}
    shown = text(Report("", (replace(COLUMN, values=values, remedies=(), locations=()),)))
    assert shown.splitlines()[2:6] == [
        "    migrations: SELECT 1",
        "                  FROM a;",
        f"    database:   {'x' * 100}",
        "    models:     (absent)",
    ]


def test_a_side_without_any_says_so():
    shown = text(Report("", (replace(COLUMN, values={"models": "", "database": "x=1"}),)))
    assert "    models: (none) | database: x=1\n" in shown


def test_a_long_list_is_cut_unless_everything_is_asked_for():
    tables = [
        replace(TABLE, subject=Key("table", "public", "", f"t{number}"), severity=Severity.INFO)
        for number in range(33)
    ]
    columns = [replace(COLUMN, brief=f"column {number}") for number in range(12)]
    report = Report("", (*tables, *columns), summary="Many.")
    cut, whole = text(report, Style(everything=False)), text(report)
    assert "… and 2 findings more of this table. -v 2 shows all" in cut
    assert "… and 4 findings more. -v 2 shows all" in cut
    assert "column 11" not in cut
    assert "column 11" in whole
    assert "…" not in whole
    assert cut.startswith("❌ Many.\n")  # though the report is ok: --fail-on never
    assert cut.rstrip().endswith("Many.")


def test_what_is_said_of_many_lines_of_a_file_is_said_once():
    def at(line: int, path: str = "m/001_x.sql", **other: object) -> Finding:
        words = {"message": "no IF NOT EXISTS", "hint": "Write it", **other}
        return Finding("lint.x", Severity.INFO, locations=(Location(path, line),), **words)

    many = [at(line) for line in range(1, 12)]
    found = (*many, at(4, hint="Leave it"), at(4, "m/002_y.sql"), at(0), at(0))
    whole, cut = text(Report("", found)), text(Report("", found), Style(everything=False))
    assert "m/001_x.sql:1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11: no IF NOT EXISTS" in whole
    assert "m/001_x.sql:1, 2, 3, 4, 5, 6, 7, 8 and 3 more: no IF NOT EXISTS" in cut
    assert whole.count("no IF NOT EXISTS") == 5
    remedied = tuple(replace(each, remedies=COLUMN.remedies) for each in many[:2])
    assert text(Report("", remedied)).count("no IF NOT EXISTS") == 2


def test_colours_do_not_change_where_lines_end():
    coloured = text(LONG, Style(width=50, colour=True))
    assert re.sub(r"\x1b\[\d+m", "", coloured) == text(LONG, Style(width=50))
    assert "\x1b[31m❌ CRITICAL:\x1b[0m m/003_x.sql" in coloured
    assert "\x1b[2m[history.gap]\x1b[0m" in coloured


def test_a_path_is_never_broken_however_narrow_the_terminal():
    path = f"folder-of-files/{'long_' * 10}name.sql"
    shown = text(Report("", (replace(HISTORY, message=f"see {path} again"),)), Style(width=5))
    assert path in shown.split()


def test_an_encoding_without_emoji_gets_ascii():
    shown = text(REPORT, Style(encoding="latin-1"))
    assert "[x] CRITICAL: Table structure" in shown
    assert "[!] WARNING" in shown
    assert "-> Find it." in shown
    shown.encode("latin-1")


def test_a_character_without_a_substitute_becomes_a_question_mark():
    assert Style(encoding="ascii").printable("naïve → ✅") == "na?ve -> [ok]"


def test_json_has_the_facts_and_every_finding_with_all_keys():
    shown = document(REPORT)
    assert list(shown) == [
        "format_version",
        "database",
        "ok",
        "summary",
        "migrations",
        "findings",
        "not_checked",
    ]
    assert shown["summary"] == {
        "critical": 2,
        "warning": 2,
        "info": 1,
        "objects_compared": 214,
    }
    assert shown["findings"][0] == {
        "code": "column.type",
        "severity": "critical",
        "message": COLUMN.message,
        "brief": "column email is varchar(100), files say varchar(255)",
        "object": {"kind": "column", "schema": "public", "table": "users", "name": "email"},
        "between": ["migrations", "database"],
        "verdict": "database_drifted",
        "values": {"models": "varchar(255)", "database": None},
        "hint": "The database was changed by hand.",
        "remedies": [
            {
                "side": "database",
                "action": "undo",
                "text": "ALTER TABLE users\n    ALTER email TYPE varchar(255);",
                "safe": False,
            }
        ],
        "locations": [
            {"path": "m/001_x.sql", "line": 24},
            {"path": "app/models.py", "line": 57},
        ],
        "tolerated_by": None,
    }
    assert shown["not_checked"] == [{"what": "triggers", "reason": "models have none"}]


def test_findings_can_be_read_from_json_again():
    assert findings_of(document(REPORT)) == REPORT.findings


def test_findings_of_a_report_from_before_there_was_a_brief_can_be_read_too():
    written = document(Report("", (COLUMN,)))
    del written["findings"][0]["brief"]
    assert findings_of(written) == (replace(COLUMN, brief=""),)


def test_groups_are_about_files_first_then_the_worst_table():
    kind = Finding("enum.labels", Severity.CRITICAL, "", subject=Key("enum", "public", "", "role"))
    note = replace(INDEX, severity=Severity.INFO)
    groups = by_table((TABLE, note, kind, COLUMN, HISTORY, TOLERATED))
    assert groups == (
        Group("", (HISTORY,)),
        Group("", (TOLERATED,)),
        Group("", (kind,)),
        Group("users", (COLUMN, note)),
        Group("audit.other", (TABLE,)),
    )
    assert [group.worst for group in groups[3:]] == [Severity.CRITICAL, Severity.WARNING]


def test_json_without_a_database_says_null():
    assert document(Report(""))["database"] is None


def test_json_stays_ascii_where_the_output_is():
    report = Report("", facts={"text": "❤"})
    assert "\\u2764" in formats()["json"].render(report, Style(encoding="ascii"))
    assert "❤" in formats()["json"].render(report, Style())


class Stream:
    def __init__(self, encoding: str | None, terminal: bool) -> None:
        self.encoding = encoding
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    ("terminal", "environment", "asked", "colour"),
    [
        (True, {}, None, True),
        (True, {"NO_COLOR": "1"}, None, False),
        (True, {"TERM": "dumb"}, None, False),
        (True, {}, False, False),
        (False, {}, None, False),
        (False, {"NO_COLOR": "1"}, True, True),
    ],
)
def test_colour_is_for_terminals_and_for_who_asks(
    monkeypatch, terminal, environment, asked, colour
):
    monkeypatch.setattr("os.environ", environment)
    assert style_of(Stream("utf-8", terminal), colour=asked).colour is colour


def test_a_stream_without_an_encoding_takes_everything():
    assert style_of(Stream(None, False)) == Style()
    assert style_of(object()) == Style()
