"""Put the Markdown reports into one comment of a pull or merge request, the same one each time.

Asks GitHub's or GitLab's interface, whichever the environment names. Needs nothing but Python.
Rules: GitHub REST API, Issue comments; GitLab REST API, Notes.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MARK = "<!-- schema_tools -->"
NAMES = ("lint", "models", "database")
LIMIT = 65_000  # of the 65,536 characters that GitHub takes
PAGE = 100
SECONDS = 30


class Refused(Exception):
    """The comment cannot be written; says why, and what to do."""


@dataclass(frozen=True)
class Forge:
    """Where comments are read and written, and which of them are those of this job."""

    comments: str
    """The address of the list, to which new ones are posted as well."""
    comment: str
    """The address of one, without its number."""
    change: str
    """The HTTP method that changes one."""
    headers: Mapping[str, str]
    own: tuple[str, str, str]
    """The two keys that lead to the author of a comment, and the author of this job's."""


def forge(environment: Mapping[str, str]) -> Forge:
    """Return the interface of the system that runs this job."""
    try:
        return _github(environment) if "GITHUB_ACTIONS" in environment else _gitlab(environment)
    except KeyError as missing:
        raise Refused(f"the environment variable {missing} is not set: see docs/ci.md") from None


def _github(environment: Mapping[str, str]) -> Forge:
    issues = f"{environment['GITHUB_API_URL']}/repos/{environment['GITHUB_REPOSITORY']}/issues"
    return Forge(
        comments=f"{issues}/{environment['NUMBER']}/comments",
        comment=f"{issues}/comments",
        change="PATCH",
        headers={"Authorization": f"Bearer {environment['GH_TOKEN']}"},
        own=("user", "login", environment["COMMENT_AUTHOR"]),
    )


def _gitlab(environment: Mapping[str, str]) -> Forge:
    api = environment["CI_API_V4_URL"]
    headers = {"PRIVATE-TOKEN": environment["SCHEMA_TOOLS_TOKEN"]}
    request = f"merge_requests/{environment['CI_MERGE_REQUEST_IID']}"
    notes = f"{api}/projects/{environment['CI_PROJECT_ID']}/{request}/notes"
    author = asked("GET", f"{api}/user", headers)["username"]
    return Forge(notes, notes, "PUT", headers, own=("author", "username", author))


def asked(method: str, address: str, headers: Mapping[str, str], body: str | None = None) -> Any:
    """Return what the interface answers, which is JSON both ways."""
    data = None if body is None else json.dumps({"body": body}).encode()
    request = urllib.request.Request(address, data, method=method)
    for name, value in {**headers, "Content-Type": "application/json"}.items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        hint = "; the token lacks the right (see docs/ci.md)" if error.code in (401, 403) else ""
        raise Refused(f"{method} {address}: {error.code} {error.reason}{hint}") from error
    except (OSError, ValueError) as error:
        raise Refused(f"{method} {address}: {error}") from error


def earlier(where: Forge) -> int | None:
    """Return the number of the comment that an earlier run has left; None where there is none."""
    key, name, author = where.own
    for found in _all(where):
        if found[key][name] == author and found["body"].startswith(MARK):
            return int(found["id"])
    return None


def _all(where: Forge) -> Iterator[dict[str, Any]]:
    page = 1
    while True:
        address = f"{where.comments}?per_page={PAGE}&page={page}"
        found = asked("GET", address, where.headers)
        yield from found
        if len(found) < PAGE:
            return
        page += 1


def body(folder: Path) -> str:
    """Return the reports, one below the other; what does not fit is named."""
    text = ""
    for name in NAMES:
        path = folder / f"{name}.md"
        if not path.is_file():
            continue
        report = path.read_text(encoding="utf-8")
        if len((text + report).encode("utf-16-le")) // 2 > LIMIT:
            report = f"{MARK}\n\nThe report `{name}` is too long for this comment: see the job.\n"
        text += report + "\n"
    return text


def main(environment: Mapping[str, str]) -> int:
    """Write or change the comment."""
    text = body(Path(environment.get("REPORTS") or "schema-reports"))
    if not text:
        sys.stdout.write("There is no report to comment on.\n")
        return 0
    try:
        where = forge(environment)
        number = earlier(where)
        if number is None:
            asked("POST", where.comments, where.headers, text)
        else:
            asked(where.change, f"{where.comment}/{number}", where.headers, text)
    except Refused as error:
        sys.stderr.write(f"No comment was written: {error}\n")
        return 1
    sys.stdout.write(
        "The comment was written.\n" if number is None else "It was brought up to date.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
