"""Read an expression as the server prints it, which puts every operator in parentheses.

PostgreSQL's ``src/backend/utils/adt/ruleutils.c`` prints key words in capitals and quotes a name
that could be taken for one; without the pretty flag it leaves no precedence to be known. What is
no expression, such as the clauses of a query, is kept as the row of its parts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from schema_tools.lexer import Kind, Token, UnreadableSql, significant
from schema_tools.schema.expressions import leaves, nodes
from schema_tools.schema.expressions.nodes import Finish, Node, Shape

_OPEN = {"(": ")", "[": "]"}
_VALUES = frozenset(
    "CURRENT_TIMESTAMP CURRENT_DATE CURRENT_TIME LOCALTIME LOCALTIMESTAMP CURRENT_USER USER "
    "SESSION_USER CURRENT_ROLE CURRENT_CATALOG CURRENT_SCHEMA SYSTEM_USER DEFAULT".split()
)
# Key words behind which a parenthesis is nothing but a parenthesis.
_NOT_CALLED = frozenset(
    "AND OR NOT WHEN THEN ELSE CASE IS FROM SELECT WHERE ON HAVING BY AS DISTINCT UNION EXCEPT "
    "INTERSECT LIMIT OFFSET RETURN RETURNING SET FOR".split()
)
_CASE_PARTS = frozenset({"WHEN", "THEN", "ELSE"})
_NO_OPERAND = frozenset({Shape.WORD, Shape.OPERATOR})


@dataclass(slots=True)
class _Frame:
    """What has been read since a bracket or CASE that is still open.

    ``closed_by`` is "" for the whole text; ``called`` is what stands before the bracket where that
    is a call's, or an array's. ``chain`` is the name that a dot which comes next would go on with.
    """

    closed_by: str = ""
    called: Node | None = None
    items: list[Node] = field(default_factory=list)
    segments: list[Node] = field(default_factory=list)
    listed: bool = False
    has_casts: bool = False
    chain: str = ""


def parse(text: str, finish: Finish) -> Node:
    """Return the expression; ``finish`` is applied to each of its nodes, parts first.

    Raises UnreadableSql for a text that is no SQL, or whose brackets do not match.
    """
    reader = _Reader(finish)
    for token in significant(text):
        reader.read(token)
    return reader.end()


class _Reader:
    def __init__(self, finish: Finish) -> None:
        self._finish = finish
        self._frame = _Frame()
        self._outer: list[_Frame] = []

    def read(self, token: Token) -> None:
        text = token.text
        if token.kind is Kind.PUNCTUATION:
            self._punctuation(text)
        elif token.kind is Kind.WORD:
            self._word(text)
        elif token.kind is Kind.STRING:
            self._push(leaves.string(text))
        elif token.kind is Kind.NUMBER:
            self._push(leaves.number(text))
        elif token.kind is Kind.NAME:
            self._name(leaves.unquoted(text))
        elif token.kind is Kind.OPERATOR:
            self._operator(text)
        else:
            self._push(nodes.name(text))

    def end(self) -> Node:
        if self._outer:
            raise UnreadableSql("a bracket is never closed", line=1)
        frame = self._frame
        self._end_segment(frame)
        if len(frame.segments) > 1:  # a query: what it lists is told apart by the commas
            return nodes.phrase((nodes.row(tuple(frame.segments)),))
        found = frame.segments[0]
        return nodes.phrase(found.parts) if found.shape is Shape.CLOSED else found

    def _punctuation(self, text: str) -> None:
        frame = self._frame
        if text in _OPEN:
            self._open(_OPEN[text])
        elif text in {")", "]"}:
            if frame.closed_by != text:
                raise UnreadableSql(f"there is a {text} too many", line=1)
            self._close(frame)
        elif text == ",":
            frame.listed = True
            self._end_segment(frame)
        elif text == ".":
            frame.items.append(nodes.word("."))
        else:
            frame.has_casts |= text == "::"
            self._push(nodes.word(text))

    def _open(self, closed_by: str) -> None:
        items, chain, called = self._frame.items, self._frame.chain, None
        if chain and closed_by == ")":
            del items[-1]
            called = nodes.name(chain)
        elif items and (closed_by == "]" or _is_called(items[-1])):
            called = items.pop()
        self._enter(_Frame(closed_by, called))

    def _enter(self, frame: _Frame) -> None:
        self._frame.chain = ""
        self._outer.append(self._frame)
        self._frame = frame

    def _leave(self, result: Node) -> None:
        self._frame = self._outer.pop()
        self._frame.items.append(result)

    def _close(self, frame: _Frame) -> None:
        if frame.items or frame.segments:
            self._end_segment(frame)
        parts = tuple(frame.segments)
        if frame.closed_by == "]":
            self._close_bracket(frame, parts)
        elif frame.called is not None:
            self._leave(self._finish(nodes.call(frame.called.text, parts)))
        elif len(parts) == 1:
            self._leave(self._closed(parts[0]))
        else:
            self._leave(self._finish(nodes.row(parts)))

    def _close_bracket(self, frame: _Frame, parts: tuple[Node, ...]) -> None:
        before = frame.called
        if before is not None and before.shape is Shape.WORD:
            if before.text == "ARRAY":
                self._leave(self._finish(nodes.array(parts)))
                return
            self._outer[-1].items.append(before)
        elif before is not None and parts:
            self._leave(nodes.call("[]", (before, *parts)))
            return
        elif before is not None:
            self._outer[-1].items.append(before)
        self._leave(nodes.word("[]") if not parts else nodes.phrase(parts))

    def _closed(self, found: Node) -> Node:
        if found.shape is not Shape.PHRASE:
            return found
        return self._finish(nodes.phrase(found.parts, closed=True))

    def _word(self, text: str) -> None:
        if self._goes_on() or not text.isupper():
            if text in {"true", "false"} and not self._goes_on():
                self._push(nodes.literal(text, "boolean"))
            else:
                self._name(text)
        elif text == "NULL":
            self._push(nodes.null())
        elif text in _VALUES:
            self._name(text)
        elif text == "CASE":
            self._enter(_Frame("END"))
        elif self._frame.closed_by == "END" and (text == "END" or text in _CASE_PARTS):
            self._case_part(text)
        else:
            self._push(nodes.word(text))

    def _case_part(self, text: str) -> None:
        frame = self._frame
        if frame.items:
            self._end_segment(frame)
        if text == "END":
            parts = (nodes.word("CASE"), *frame.segments, nodes.word("END"))
            self._leave(nodes.phrase(parts, closed=True))
        else:
            frame.segments.append(nodes.word(text))

    def _goes_on(self) -> bool:
        items = self._frame.items
        return bool(items) and items[-1].text == "." and items[-1].shape is Shape.WORD

    def _name(self, text: str) -> None:
        frame = self._frame
        if not self._goes_on() or len(frame.items) < 2:
            frame.items.append(self._finish(nodes.name(text)))
            frame.chain = text
            return
        del frame.items[-1]
        base = frame.items.pop()
        if frame.chain:
            frame.chain += f".{text}"
            frame.items.append(nodes.name(frame.chain))
        else:  # the field of a value: (x).f
            frame.items.append(nodes.call(".", (base, nodes.name(text))))

    def _operator(self, text: str) -> None:
        if self._goes_on():  # t.*, or the name of an operator with its schema
            self._name(text)
        else:
            self._push(nodes.operator(text))

    def _push(self, node: Node) -> None:
        self._frame.items.append(node)
        self._frame.chain = ""

    def _end_segment(self, frame: _Frame) -> None:
        """Make one node of what has been read since the last comma."""
        items = self._with_casts(frame.items) if frame.has_casts else frame.items
        alone = frame.closed_by in {"", ")"} and frame.called is None and not frame.listed
        found = self._operation(items) if alone and len(items) > 1 else None
        if found is None:
            found = items[0] if len(items) == 1 else self._finish(nodes.phrase(tuple(items)))
        frame.segments.append(found)
        frame.items, frame.has_casts, frame.chain = [], False, ""

    def _operation(self, items: list[Node]) -> Node | None:
        """Return what one operator makes of its operands, None where there is no such thing."""
        if len(items) == 2 and items[1].shape not in _NO_OPERAND:
            if items[0].text == "NOT":
                return self._finish(nodes.negated(items[1]))
            if items[0].shape is Shape.OPERATOR:
                return self._finish(nodes.operation(items[0].text, (items[1],)))
        operands, between = items[::2], items[1::2]
        if len(items) % 2 == 0 or any(each.shape in _NO_OPERAND for each in operands):
            return None
        symbol = between[0].text
        if symbol in {"AND", "OR"} and all(each.text == symbol for each in between):
            return self._finish(nodes.logical(symbol, tuple(operands)))
        if len(items) != 3 or between[0].shape is not Shape.OPERATOR:
            return None
        left, right = operands
        if right.shape is Shape.CALL and right.word in {"ANY", "ALL"} and len(right.parts) == 1:
            return self._finish(nodes.quantified(left, symbol, right.word, right.parts[0]))
        return self._finish(nodes.operation(symbol, (left, right)))

    def _with_casts(self, items: list[Node]) -> list[Node]:
        result: list[Node] = []
        position = 0
        while position < len(items):
            item = items[position]
            if item.text == "::" and item.shape is Shape.WORD and result:
                type_name, position = leaves.read_type(items, position + 1)
                result.append(self._finish(nodes.cast(result.pop(), type_name)))
            else:
                result.append(item)
                position += 1
        return result


def _is_called(before: Node) -> bool:
    return before.shape is Shape.WORD and before.text.isupper() and before.text not in _NOT_CALLED
