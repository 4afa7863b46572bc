"""The codes of findings that stand in the source, with the words that go with each."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

# Functions of the source that make a finding, and what they put before the code.
MAKERS = {"Finding": "", "problem": "history.", "_problem": "file."}
LEFT_OPEN = "…"
# What is filled in there has a name that says what it is.
NAMED = {"file", "name", "path", "table", "version"}
# Makes findings anew from a report that was written earlier.
NO_MAKER = ("reports/formats/json.py",)
# Of which the words are those of the case alone.
WORDS = {
    "baseline.unused": "a known finding is not there any more, or says something else now",
    "constraint.on_delete": "the model's `on_delete` contradicts the foreign key's ON DELETE",
    "error.database": "one of several databases ended badly; the rest is said of that database",
    "file.replay": "a file fails when all files are run from empty",
    "file.unreadable": "a file that cannot be read as a migration",
    "history.data_loss": "a rollback runs a statement that may destroy data",
    "history.folder_missing": "the folder of the files is not there, but some are on record",
    "history.half_done": "the last run of a file failed or was killed; which statements count",
    "history.irreversible": "a file cannot be rolled back: it says so, or has no rollback part",
    "history.plan_moved": "a saved plan does not fit any more",
}


@dataclass(frozen=True, slots=True, order=True)
class Code:
    """A code, and what a finding of it says; ``…`` stands for what differs from case to case."""

    code: str
    severity: str
    says: str
    hint: str


def codes_in_source(package: Path) -> tuple[Code, ...]:
    """Return each code once, sorted, as the place that comes first in its file words it."""
    found: dict[str, Code] = {}
    for path in sorted(package.rglob("*.py")):
        if path.relative_to(package).as_posix() in NO_MAKER:
            continue
        text = path.read_text(encoding="utf-8")
        if any(f"{maker}(" in text for maker in MAKERS):
            for code in _codes(ast.parse(text)):
                found.setdefault(code.code, code)
    return tuple(sorted(found.values()))


def _codes(tree: ast.Module) -> Iterator[Code]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _name(call.func) in MAKERS:
            code = _code(call)
            if code:
                yield code


def _code(call: ast.Call) -> Code | None:
    """Return what a call makes, or None where its code is not written there."""
    maker = _name(call.func)
    has_severity = maker == "Finding"
    names = ["code", *(["severity"] if has_severity else []), "message", "hint"]
    given = dict(zip(names, call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg in names}
    code = given.get("code")
    if not isinstance(code, ast.Constant) or not isinstance(code.value, str):
        return None
    name = MAKERS[maker] + code.value
    severity = _name(given["severity"]).lower() if has_severity else "critical"
    says = WORDS.get(name) or _template(given.get("message"))
    hint = _template(given.get("hint"))
    return Code(name, severity, says, "" if hint == LEFT_OPEN else hint)


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _template(node: ast.expr | None) -> str:
    """Return a text as it stands in the source, with what is filled in left open."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return _joined(map(_template, parts))
        case ast.BinOp(left=left, right=right):
            return _joined((_template(left), _template(right)))
        case ast.FormattedValue(value=value):
            return _filled_in(value)
        case ast.IfExp(body=body):
            return _template(body)
        case None:
            return ""
    return LEFT_OPEN


def _filled_in(node: ast.expr) -> str:
    match node:
        case ast.Call(func=ast.Name(id="_resolve")):
            return "manage.py sqlmigrate_resolve VERSION"
        case ast.Call(func=ast.Name(id="command"), args=[ast.Constant(value=str(name)), *_rest]):
            return f"manage.py {name}"
    name = _name(node)
    return name.upper() if name in NAMED else LEFT_OPEN


def _joined(parts: Iterable[str]) -> str:
    return "".join(parts).replace(LEFT_OPEN * 2, LEFT_OPEN)
