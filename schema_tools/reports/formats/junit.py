"""JUnit XML, which CI systems show as a list of tests: one for the whole, one for each finding.

The elements are those of Jenkins' schema junit-10.xsd, which Surefire, pytest and GitLab share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from schema_tools.findings import Finding, Report, Severity
from schema_tools.reports.account import details, failing, headline, reason, standing
from schema_tools.reports.characters import one_line, visible
from schema_tools.reports.format import Format
from schema_tools.reports.style import Style

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    | {character: f"&#{ord(character)};" for character in "\t\n\r"}
)


@dataclass(frozen=True, slots=True)
class _Case:
    """A test: ``outcome`` is ``failure``, ``error``, ``skipped``, or "" where it passed."""

    classname: str
    name: str
    outcome: str = ""
    kind: str = ""
    message: str = ""
    text: str = ""


def render(report: Report, style: Style) -> str:
    """Return one test suite; characters that the output lacks are references."""
    cases = [*_cases(report)]
    number = Counter(case.outcome for case in cases)
    counts = _attributes(tests=len(cases), failures=number["failure"], errors=number["error"])
    suite = _attributes(name=headline(report))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites{suite}{counts}>",
        f"<testsuite{suite}{counts}{_attributes(skipped=number['skipped'])}>",
        *map(_element, cases),
        "</testsuite>",
        "</testsuites>",
    ]
    text = "\n".join(lines) + "\n"
    return text if style.takes_unicode else text.encode("ascii", "xmlcharrefreplace").decode()


def _cases(report: Report) -> Iterator[_Case]:
    outcome = "" if report.ok else "failure"
    said = "\n".join(filter(None, (standing(report), report.summary)))
    yield _Case("schema_tools", "ok", outcome, "not_ok", report.summary or "not ok", said)
    bad = failing(report)
    for finding in report.findings:
        yield _case(finding, _outcome(finding, bad), finding.message)
    for finding in report.known:
        yield _case(finding, "skipped", f"known finding: {reason(finding)}")
    for item in report.not_checked:
        yield _Case("not_checked", one_line(item.what), "skipped", "not_checked", item.reason)


def _outcome(finding: Finding, bad: frozenset[Severity]) -> str:
    if finding.tolerated_by or finding.severity not in bad:
        return "skipped"
    return "error" if finding.code.startswith("error.") else "failure"


def _case(finding: Finding, outcome: str, message: str) -> _Case:
    """Return a finding as a test, whose name does not change with the line that it stands in."""
    place = finding.subject or (finding.locations[0].path if finding.locations else "")
    name = ": ".join(filter(None, (str(place), finding.brief or finding.message)))
    places = ", ".join(map(str, finding.locations))
    text = [finding.message, *([f"at {places}"] if places else []), *details(finding)]
    verdict = " ".join(filter(None, (finding.severity.label, finding.verdict)))
    return _Case(finding.code, one_line(name), outcome, verdict, message, "\n".join(text))


def _element(case: _Case) -> str:
    start = f"<testcase{_attributes(classname=case.classname, name=case.name)}"
    if not case.outcome:
        return f"{start}><system-out>{_text(case.text)}</system-out></testcase>"
    said = _attributes(type=case.kind, message=case.message)
    inside = f"<{case.outcome}{said}>{_text(case.text)}</{case.outcome}>"
    return f"{start}>{inside}</testcase>"


def _attributes(**values: object) -> str:
    return "".join(f' {name}="{_attribute(str(value))}"' for name, value in values.items())


def _attribute(value: str) -> str:
    return visible(value).translate(_ATTRIBUTE)


def _text(value: str) -> str:
    return visible(value).translate(_TEXT)


FORMAT = Format(name="junit", render=render)
