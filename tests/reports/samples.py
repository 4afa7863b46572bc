"""Reports to be written in every format."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from schema_tools.findings import (
    Finding,
    Location,
    NotChecked,
    Remedy,
    Report,
    Severity,
    Table,
)
from schema_tools.keys import Key
from schema_tools.reports.format import formats
from schema_tools.reports.style import Style

COLUMN = Finding(
    code="column.type",
    severity=Severity.CRITICAL,
    message="Table structure mismatch for table 'users': column email is varchar(100), SQL files "
    "say varchar(255)",
    hint="The database was changed by hand. Undo it, or adopt it into a migration.",
    subject=Key("column", "public", "users", "email"),
    verdict="database_drifted",
    between=("migrations", "database"),
    values={"models": "varchar(255)", "migrations": "varchar(255)", "database": "varchar(100)"},
    locations=(Location("m/001_x.sql", 24), Location("app/models.py", 57)),
    remedies=(
        Remedy(
            "database",
            "undo",
            "ALTER TABLE users\n    ALTER COLUMN email TYPE varchar(255);",
            safe=False,
        ),
    ),
    brief="column email is varchar(100), SQL files say varchar(255)",
)
VIEW = Finding(
    code="view.definition",
    severity=Severity.WARNING,
    message="view audit.recent is another one in the database than in the SQL files, which were "
    "applied a long time ago by somebody else",
    hint="Write it anew.",
    subject=Key("view", "audit", "", "recent"),
    verdict="database_drifted",
    between=("migrations", "database"),
    values={"migrations": "SELECT 1\n  FROM a;", "database": None},
)
INDEX = Finding(
    code="index.missing",
    severity=Severity.WARNING,
    message="index idx_users is missing",
    subject=Key("index", "public", "users", "idx_users"),
)
HISTORY = Finding(
    code="history.gap",
    severity=Severity.CRITICAL,
    message="a number is missing",
    hint="Find it.",
    locations=(Location("m/003_x.sql"),),
)
LINT = Finding(
    code="lint.foreign_key_index",
    severity=Severity.INFO,
    message="no index on orders.customer_id",
    locations=(Location("m/002_y.sql", 7),),
)
KNOWN = replace(
    INDEX, code="index.extra", message="index old is extra", tolerated_by="IGNORE: goes in May"
)
WHOLE = Report(
    title="Schema of auth_db (PostgreSQL 18.6): models, migrations and database compared",
    findings=(COLUMN, VIEW, INDEX, HISTORY, LINT),
    not_checked=(
        NotChecked("roles that a file creates", "a scratch database does not hold any of them"),
    ),
    summary="2 critical findings, 2 warnings, 1 note. The database was changed by hand.",
    tables=(Table(("file", "state"), (("001_x", "applied"), ("002_y", "pending"))),),
    body="SELECT 1;\n",
    facts={"database": {"alias": "default", "name": "auth_db", "server_version": "18.6"}},
    ok=False,
    known=(KNOWN,),
)
FINE = Report(title="Schema", summary="All agree: 3 objects compared.")
PENDING = Report(title="", summary="1 applied, 1 pending.", ok=False)
FAILED = Report(
    title="",
    findings=(Finding("error.unavailable", Severity.CRITICAL, "no server", "Start it."),),
    facts={"exit_code": 3},
    ok=False,
)
EMPTY = Report("")
NASTY = (
    "a|b `c` @you #1 <b>&amp; \x1b[31m \x00 \udc80 😀 \ufffe ]]> https://e.x\r\n# h\n::error::%0A,"
)
HOSTILE = Report(
    title=NASTY,
    findings=(
        Finding(
            code="column.type",
            severity=Severity.CRITICAL,
            message=NASTY,
            hint=NASTY,
            subject=Key("column", NASTY, NASTY, NASTY),
            values={"database": NASTY, "migrations": f"```\n{NASTY}"},
            locations=(Location(f"m/{NASTY}", 1),),
            remedies=(Remedy("database", "undo", f"{NASTY}\n````\n"),),
            tolerated_by=NASTY,
        ),
    ),
    not_checked=(NotChecked(NASTY, NASTY),),
    summary=NASTY,
    tables=(Table((NASTY,), ((NASTY,),), title=NASTY),),
    body=NASTY,
    facts={NASTY: NASTY},
    known=(replace(KNOWN, message=NASTY, tolerated_by=NASTY),),
    ok=False,
)
REPORTS = {
    "whole": WHOLE,
    "fine": FINE,
    "pending": PENDING,
    "failed": FAILED,
    "empty": EMPTY,
    "hostile": HOSTILE,
}

# Any text that Python can hold, with what is special somewhere more often than it would come.
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *("%", "%0A", "\r", "\n", ":", ",", "::", "|", "`", "```", "@me", "<", ">", "&"),
                *(
                    "\x00",
                    "\x1b",
                    "\x85",
                    "\u2028",
                    "\udc80",
                    "\ud800",
                    "\ufffe",
                    "#1",
                    "\\",
                    "*",
                    "_",
                ),
                *("[x](y)", "![x](y)", "http://a.b", "www.a.b", "</details>", "-->", "]]>"),
                *("1. ", "- ", "~~", "$"),
            ]
        ),
        st.text(st.characters(exclude_categories=()), max_size=8),
    ),
    max_size=12,
).map("".join)


def rendered(name: str, report: Report, style: Style | None = None) -> str:
    """Return a report in a format."""
    return formats()[name].render(report, style or Style())
