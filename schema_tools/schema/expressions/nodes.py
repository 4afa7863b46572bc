"""The parts of an expression, each with a text that tells it apart from all others."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class Shape(enum.IntEnum):
    """What a part of an expression is."""

    WORD = 1  # a key word or a mark that stands between the others: IS, FROM, =>
    OPERATOR = 2  # = + || and all else that is written between or before its operands
    NAME = 3  # a column, perhaps with its table: a, t.a
    LITERAL = 4  # a value with its type: 'x'::text, 5
    NULL = 5  # NULL, perhaps with a type
    ARRAY = 6  # ARRAY[…]; has a type of its own where it is empty
    CAST = 7
    CALL = 8  # f(…), and what is written like it: ROW(…), COALESCE(…), ANY (…)
    OPERATION = 9  # an operator with one operand or two
    QUANTIFIED = 10  # x = ANY (…), x <> ALL (…)
    NOT = 11
    LOGICAL = 12  # operands joined by AND, or by OR
    LIST = 13  # (a, b)
    PHRASE = 14  # parts one after the other: x IS NULL, SELECT …, CASE … END
    CLOSED = 15  # a phrase whose parentheses belong to it: a subquery


class Node(NamedTuple):
    """A part of an expression.

    ``word`` is the name, operator, key word or value; ``type`` that of a literal, a cast or an
    empty array, and ANY or ALL of a quantified comparison. Two nodes with the same ``text`` are
    the same.
    """

    shape: Shape
    word: str
    parts: tuple[Node, ...]
    type: str
    text: str


Finish = Callable[[Node], Node]
Rewrite = Callable[[Node, Finish], "Node | None"]


@dataclass(frozen=True, slots=True)
class Fold:
    """One spelling that is written as another which means the same, whatever the values are.

    ``rewrite`` is asked for each node of these shapes, whose parts are folded already; it returns
    None for a node that it leaves alone. The other function that it gets folds a node, one that
    is to be a part of the node it returns.
    """

    name: str
    shapes: frozenset[Shape]
    rewrite: Rewrite


def word(text: str) -> Node:
    """Return a key word, or a mark that is no operator."""
    return Node(Shape.WORD, text, (), "", text)


def operator(text: str) -> Node:
    """Return an operator that has no operands yet."""
    return Node(Shape.OPERATOR, text, (), "", text)


def name(text: str) -> Node:
    """Return a name, or a value that nothing is known of."""
    return Node(Shape.NAME, text, (), "", text)


def literal(value: str, of_type: str) -> Node:
    """Return a value; ``value`` is what the quotes are around, its own not doubled."""
    quoted = "'" + value.replace("'", "''") + "'"
    return Node(Shape.LITERAL, value, (), of_type, f"{quoted}::{of_type}" if of_type else quoted)


def null(of_type: str = "") -> Node:
    """Return NULL; without a type where that is of no account."""
    return Node(Shape.NULL, "NULL", (), of_type, f"NULL::{of_type}" if of_type else "NULL")


def array(elements: tuple[Node, ...], of_type: str = "") -> Node:
    """Return an array; the type of its elements is needed where there are none."""
    label = f"::{of_type}[]" if of_type else ""
    return Node(Shape.ARRAY, "", elements, of_type, f"ARRAY[{_listed(elements)}]{label}")


def cast(value: Node, to_type: str) -> Node:
    """Return a value cast to a type."""
    return Node(Shape.CAST, "", (value,), to_type, f"({value.text})::{to_type}")


def call(function: str, arguments: tuple[Node, ...]) -> Node:
    """Return a function, or what is written like one, with its arguments."""
    return Node(Shape.CALL, function, arguments, "", f"{function}({_listed(arguments)})")


def operation(symbol: str, operands: tuple[Node, ...]) -> Node:
    """Return an operator with the operand after it, or with those on both of its sides."""
    inner = f" {symbol} ".join(each.text for each in operands)
    if len(operands) == 1:
        inner = f"{symbol} {inner}"
    return Node(Shape.OPERATION, symbol, operands, "", f"({inner})")


def quantified(left: Node, symbol: str, quantifier: str, right: Node) -> Node:
    """Return a comparison with ANY or ALL of what is on the right."""
    text = f"({left.text} {symbol} {quantifier} ({right.text}))"
    return Node(Shape.QUANTIFIED, symbol, (left, right), quantifier, text)


def negated(operand: Node) -> Node:
    """Return what is true where the operand is false."""
    return Node(Shape.NOT, "NOT", (operand,), "", f"(NOT {operand.text})")


def logical(connective: str, operands: tuple[Node, ...]) -> Node:
    """Return conditions that are joined by AND, or by OR."""
    text = f" {connective} ".join(each.text for each in operands)
    return Node(Shape.LOGICAL, connective, operands, "", f"({text})")


def row(elements: tuple[Node, ...]) -> Node:
    """Return a list in parentheses."""
    return Node(Shape.LIST, "", elements, "", f"({_listed(elements)})")


def phrase(parts: tuple[Node, ...], *, closed: bool = False) -> Node:
    """Return what is no more than its parts; closed where parentheses belong to it."""
    text = " ".join(each.text for each in parts)
    if closed:
        return Node(Shape.CLOSED, "", parts, "", f"({text})")
    return Node(Shape.PHRASE, "", parts, "", text)


def _listed(nodes: tuple[Node, ...]) -> str:
    return ", ".join([each.text for each in nodes])
