"""The first line of the status page: how a database stands, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS

from schema_tools.reports.words import counted, sentence
from schema_tools.services.overview import Overview, Word


@dataclass(frozen=True, slots=True)
class Headline:
    """``level`` is ``good``, ``attention`` or ``bad``; ``command`` is to be typed in a shell."""

    level: str
    text: str
    hint: str = ""
    command: str = ""


def headline(found: Overview) -> Headline:
    """Return the most urgent of what there is to say."""
    if found.status is None:
        hint = found.error.hint if found.error else ""
        return Headline("bad", sentence(str(found.error)), hint)
    if found.word is Word.DAMAGED:
        return _damaged(found)
    if found.word is Word.AHEAD:
        return _ahead(found.status["migrations"]["missing"])
    migrations = found.status["migrations"]
    total = len(found.status["history"])
    if migrations["running"]:
        return Headline(
            "attention",
            f"{migrations['applied']} of {total} migrations are applied; a run is going on.",
            "Load the page again in a moment.",
        )
    if found.word is Word.PENDING:
        return Headline(
            "attention",
            f"{migrations['applied']} of {total} migrations are applied. Next:",
            command=_command(found, "sqlmigrate_apply"),
        )
    if not total and found.validation is None:
        return Headline(
            "good",
            "There are no SQL files yet. The first:",
            command=_command(found, "sqlmigrate_create NAME"),
        )
    return _validated(found, _applied_words(total))


def _applied_words(total: int) -> str:
    if not total:
        return "There are no SQL files"
    which = "The only migration is" if total == 1 else f"All {total} migrations are"
    return f"{which} applied and intact"


def _damaged(found: Overview) -> Headline:
    status = found.status or {}
    number = status["summary"]["critical"]
    first = next(each for each in status["findings"] if each["severity"] == "critical")
    return Headline(
        "bad",
        f"Files and history do not fit together: {counted(number, 'problem')} to settle before "
        "anything can be applied.",
        first["hint"] or "",
    )


def _ahead(missing: list[str]) -> Headline:
    which = missing[0] if len(missing) == 1 else f"{missing[0]} to {missing[-1]}"
    are = "is" if len(missing) == 1 else "are"
    return Headline(
        "attention",
        f"The database is ahead of this program: {which} {are} applied, and not among its files.",
        "That is so in the middle of a deployment, and after the program went back. Otherwise "
        "files are lost: get them back from version control.",
    )


def _validated(found: Overview, start: str) -> Headline:
    """Return the line for a database in which all is applied."""
    validation = found.validation
    if validation is None:
        return Headline(
            "good",
            f"{start}.",
            "Validate to learn whether models, SQL files and database agree.",
        )
    if found.validation_is_old:
        return Headline(
            "attention",
            f"{start}, but something has changed since the last validation.",
            "Validate again.",
        )
    if validation.ok:
        sides = "models, SQL files" if found.validation_had_files else "models"
        agree = f"{sides} and database agree"
        if validation.known:
            agree += f" but for {counted(validation.known, 'known finding')}"
        return Headline("good", f"{start}; {agree}.")
    number = [
        counted(count, what)
        for count, what in (
            (validation.critical, "critical finding"),
            (validation.warnings, "warning"),
        )
        if count
    ]
    return Headline(
        "bad" if validation.critical else "attention",
        f"{start}, but the last validation has {' and '.join(number)}.",
        "Each one below says who is wrong and what to do.",
    )


def _command(found: Overview, words: str) -> str:
    suffix = "" if found.alias == DEFAULT_DB_ALIAS else f" --database {found.alias}"
    return f"manage.py {words}{suffix}"
