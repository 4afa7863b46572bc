"""One normal form for every expression that the server prints.

PostgreSQL prints a stored expression from its parse tree, and so in one way; but authors reach the
same meaning by several trees. ``x IN ('a', 'b')`` on a varchar is stored with a cast on each
element, on the array, or on neither; ``NOT x = y`` stays apart from ``x <> y``; ``now()`` and
``CURRENT_TIMESTAMP`` are the same function. The normal form is the token stream with these folded.
Casts of anything but text literals and arrays of them stay: they can change the value.
"""

from __future__ import annotations

import functools

from schema_tools.lexer import significant

# Types between which casting a literal without a length changes nothing.
_TEXT_TYPES = (("text",), ("character", "varying"), ("varchar",))
_NOT_A_CALL = frozenset("AND OR NOT WHEN THEN ELSE CASE ANY ALL IN IS DISTINCT FROM".split())
_NOW = {("CURRENT_TIMESTAMP",): 1, ("transaction_timestamp", "(", ")"): 3}
_BINDS_LOOSER = frozenset("AND OR NOT IS IN LIKE ILIKE BETWEEN SIMILAR CASE COLLATE".split())


def same_expression(before: str, after: str) -> bool:
    """Return whether two texts, as the server prints them, say the same."""
    return before == after or normal_form(before) == normal_form(after)


@functools.lru_cache(maxsize=20_000)
def normal_form(text: str) -> tuple[str, ...]:
    """Return the tokens of an expression with casts and spellings that change nothing folded.

    Raises lexer.UnreadableSql for a text that is no SQL.
    """
    words = [token.text for token in significant(text)]
    words = _fold_now(words)
    while True:
        folded = _fold_doubled(_fold_not_equal(_fold_parentheses(_fold_casts(words))))
        if folded == words:
            return tuple(_strip_outer(words))
        words = folded


def _fold_now(words: list[str]) -> list[str]:
    result: list[str] = []
    position = 0
    while position < len(words):
        for spelling, length in _NOW.items():
            if tuple(words[position : position + length]) == spelling:
                result += ["now", "(", ")"]
                position += length
                break
        else:
            result.append(words[position])
            position += 1
    return result


def _fold_casts(words: list[str]) -> list[str]:
    """Take ``::text`` and its like off a literal, ``::text[]`` off an array of such."""
    result: list[str] = []
    position = 0
    while position < len(words):
        word = words[position]
        length = _text_cast(words, position, array=_ends_array(result))
        if word == "::" and length and (_is_string(result[-1]) or _ends_array(result)):
            position += length
            continue
        result.append(word)
        position += 1
    return result


def _text_cast(words: list[str], position: int, *, array: bool) -> int:
    """Return how many tokens a cast to a text type takes, 0 where there is none."""
    if words[position] != "::":
        return 0
    for name in _TEXT_TYPES:
        end = position + 1 + len(name)
        if tuple(words[position + 1 : end]) != name:
            continue
        rest = words[end : end + 2]
        if array:
            return end + 2 - position if rest == ["[", "]"] else 0
        return 0 if rest[:1] in (["("], ["["]) else end - position
    return 0


def _is_string(word: str) -> bool:
    return word.startswith("'")


def _ends_array(words: list[str]) -> bool:
    """Return whether the tokens end in ``ARRAY[…]`` whose elements are all plain literals."""
    end = len(words) - 1
    if end < 0 or words[end] != "]":
        return False
    position = end - 1
    while position > 0 and (words[position] == "," or _is_string(words[position])):
        position -= 1
    return words[position] == "[" and position > 0 and words[position - 1] == "ARRAY"


def _fold_parentheses(words: list[str]) -> list[str]:
    """Take the parentheses off that hold one literal or one array, and are no call's."""
    result: list[str] = []
    position = 0
    while position < len(words):
        end = _lone_atom(words, position)
        if end and not _is_call(result):
            result += words[position + 1 : end]
            position = end + 1
            continue
        result.append(words[position])
        position += 1
    return result


def _lone_atom(words: list[str], start: int) -> int:
    """Return where the parenthesis closes that holds only a literal or an array, else 0."""
    if words[start] != "(" or start + 2 >= len(words):
        return 0
    if _is_string(words[start + 1]) and words[start + 2] == ")":
        return start + 2
    if words[start + 1 : start + 3] != ["ARRAY", "["]:
        return 0
    end = start + 3
    while end < len(words) and (words[end] == "," or _is_string(words[end])):
        end += 1
    return end + 1 if words[end : end + 2] == ["]", ")"] else 0


def _is_call(before: list[str]) -> bool:
    """Return whether a parenthesis that comes next would be part of what stands before it."""
    if not before:
        return False
    last = before[-1]
    if last in {"ANY", "ALL", "IN"}:
        return True
    return last not in _NOT_A_CALL and (last[-1] in '"_$' or last[-1].isalnum())


def _fold_not_equal(words: list[str]) -> list[str]:
    """Write ``NOT (x = y)`` as ``(x <> y)``."""
    result = list(words)
    for position, word in enumerate(words[:-1]):
        if word == "NOT" and words[position + 1] == "(":
            equal = _only_equals(words, position + 1)
            if equal:
                result[equal] = "<>"
                del result[position]
                return result
    return result


def _only_equals(words: list[str], opening: int) -> int:
    """Return where the one ``=`` is of a parenthesis that holds nothing but a comparison, or 0."""
    closing = _partners(words).get(opening, opening)
    depth, equals = 0, []
    for position in range(opening + 1, closing):
        word = words[position]
        depth += (word in "([") - (word in ")]")
        if depth:
            continue
        if word == "=" and words[position + 1] not in {"ANY", "ALL"}:
            equals.append(position)
        elif word in _BINDS_LOOSER or not _is_operand(word):
            return 0
    return equals[0] if len(equals) == 1 else 0


def _is_operand(word: str) -> bool:
    return word[0].isalnum() or word[0] in "_\"'.:,$)]"


def _fold_doubled(words: list[str]) -> list[str]:
    """Write ``((x))`` as ``(x)``."""
    partner = _partners(words)
    doubled = {
        position
        for position, closing in partner.items()
        if position + 1 in partner and partner[position + 1] == closing - 1
    }
    dropped = doubled | {partner[position] for position in doubled}
    return [word for position, word in enumerate(words) if position not in dropped]


def _strip_outer(words: list[str]) -> list[str]:
    if words and words[0] == "(" and _partners(words).get(0) == len(words) - 1:
        return words[1:-1]
    return words


def _partners(words: list[str]) -> dict[int, int]:
    """Return where each opening parenthesis is closed."""
    partner: dict[int, int] = {}
    open_at: list[int] = []
    for position, word in enumerate(words):
        if word == "(":
            open_at.append(position)
        elif word == ")" and open_at:
            partner[open_at.pop()] = position
    return partner
