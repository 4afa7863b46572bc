"""One comment of a pull or merge request, brought up to date at each run."""

from __future__ import annotations

import http.server
import importlib.util
import json
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ci.files import ROOT

GITHUB_AUTHOR = "github-actions[bot]"


@pytest.fixture(scope="module")
def script() -> Any:
    spec = importlib.util.spec_from_file_location("ci_comment", ROOT / "ci/comment.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


class Forge:
    """What both interfaces have in common, in memory."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.tokens: set[str] = set()
        self.status = 200
        self.me = GITHUB_AUTHOR

    def answer(self, method: str, path: str, text: str | None) -> object:
        """Answer as GitHub and GitLab do."""
        self.requests.append(f"{method} {path}")
        if path == "/api/user":
            return {"username": self.me}
        if method == "GET":
            size, page = (int(each) for each in re.findall(r"=(\d+)", path))
            return self.comments[(page - 1) * size : page * size]
        if method == "POST":
            self.add(self.me, text or "")
            return self.comments[-1]
        number = int(path.rsplit("/", 1)[1])
        found = next(each for each in self.comments if each["id"] == number)
        found["body"] = text
        return found

    def add(self, author: str, body: str) -> None:
        """Put a comment below the others."""
        self.comments.append(
            {
                "id": 100 + len(self.comments),
                "body": body,
                "user": {"login": author},
                "author": {"username": author},
            }
        )


@pytest.fixture
def forge(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Forge, str]]:
    """The interface, and its address."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    state = Forge()

    class Handler(http.server.BaseHTTPRequestHandler):
        def serve(self) -> None:
            size = int(self.headers["Content-Length"] or 0)
            text = json.loads(self.rfile.read(size))["body"] if size else None
            state.tokens.add(self.headers["Authorization"] or self.headers["PRIVATE-TOKEN"])
            self.send_response(state.status)
            self.end_headers()
            self.wfile.write(json.dumps(state.answer(self.command, self.path, text)).encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    for method in ("GET", "POST", "PATCH", "PUT"):
        setattr(Handler, f"do_{method}", Handler.serve)
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        yield state, f"http://127.0.0.1:{server.server_address[1]}/api"
        server.shutdown()
        thread.join()


@pytest.fixture(params=["github", "gitlab"])
def job(
    request: pytest.FixtureRequest, forge: tuple[Forge, str], tmp_path: Path
) -> dict[str, str]:
    """The environment of a job that has reports."""
    state, address = forge
    for name in ("lint", "models"):
        (tmp_path / f"{name}.md").write_text(f"<!-- schema_tools -->\n### {name}\n", "utf-8")
    if request.param == "gitlab":
        state.me = "project_7_bot"
        return {
            "CI_API_V4_URL": address,
            "CI_PROJECT_ID": "7",
            "CI_MERGE_REQUEST_IID": "3",
            "SCHEMA_TOOLS_TOKEN": "token",
            "REPORTS": str(tmp_path),
        }
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": address,
        "GITHUB_REPOSITORY": "o/r",
        "NUMBER": "3",
        "GH_TOKEN": "token",
        "COMMENT_AUTHOR": GITHUB_AUTHOR,
        "REPORTS": str(tmp_path),
    }


def test_the_first_run_writes_it_and_the_next_changes_it(
    script: Any, forge: tuple[Forge, str], job: dict[str, str], tmp_path: Path
) -> None:
    state, _ = forge
    state.add("somebody", "What a change!")
    assert script.main(job) == 0
    assert state.comments[1]["body"].count("### ") == 2
    (tmp_path / "models.md").write_text("<!-- schema_tools -->\n### mended\n", "utf-8")
    assert script.main(job) == 0
    assert len(state.comments) == 2
    assert "### mended" in state.comments[1]["body"]
    assert {token.removeprefix("Bearer ") for token in state.tokens} == {"token"}


def test_it_is_found_below_a_hundred_others(
    script: Any, forge: tuple[Forge, str], job: dict[str, str]
) -> None:
    state, _ = forge
    for number in range(250):
        state.add("somebody", str(number))
    assert script.main(job) == 0
    assert script.main(job) == 0
    assert len(state.comments) == 251


def test_a_comment_of_somebody_else_is_left_alone(
    script: Any, forge: tuple[Forge, str], job: dict[str, str]
) -> None:
    """Anybody can write the mark; the author is who may go on to edit it."""
    state, _ = forge
    state.add("somebody", "<!-- schema_tools -->\nall is well")
    assert script.main(job) == 0
    assert state.comments[0]["body"].endswith("all is well")
    assert len(state.comments) == 2


def test_what_the_addresses_are(
    script: Any, forge: tuple[Forge, str], job: dict[str, str]
) -> None:
    state, _ = forge
    script.main(job)
    script.main(job)
    if "GITHUB_ACTIONS" in job:
        list_, one, method = (
            "/api/repos/o/r/issues/3/comments",
            "/api/repos/o/r/issues/comments",
            "PATCH",
        )
    else:
        list_ = one = "/api/projects/7/merge_requests/3/notes"
        method = "PUT"
    assert f"POST {list_}" in state.requests
    assert f"{method} {one}/100" in state.requests


def test_what_does_not_fit_is_named(
    script: Any, forge: tuple[Forge, str], job: dict[str, str], tmp_path: Path
) -> None:
    state, _ = forge
    (tmp_path / "models.md").write_text("<!-- schema_tools -->\n" + "😀" * 33_000, "utf-8")
    assert script.main(job) == 0
    body = state.comments[0]["body"]
    assert len(body.encode("utf-16-le")) // 2 < 65_536
    assert "The report `models` is too long for this comment" in body


def test_a_token_that_may_not_is_said(
    script: Any, forge: tuple[Forge, str], job: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    state, _ = forge
    state.status = 403
    assert script.main(job) == 1
    said = capsys.readouterr().err
    assert "403" in said
    assert "the token lacks the right" in said
    assert "token " not in said.replace("the token lacks", "")


def test_a_variable_that_is_missing_is_named(
    script: Any, job: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    name = "NUMBER" if "NUMBER" in job else "SCHEMA_TOOLS_TOKEN"
    del job[name]
    assert script.main(job) == 1
    assert name in capsys.readouterr().err


def test_without_reports_there_is_no_comment(
    script: Any, forge: tuple[Forge, str], job: dict[str, str], tmp_path: Path
) -> None:
    assert script.main({**job, "REPORTS": str(tmp_path / "none")}) == 0
    assert forge[0].requests == []
