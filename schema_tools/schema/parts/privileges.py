"""GRANT and REVOKE statements that turn one set of privileges into another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

OPTION = " WITH GRANT OPTION"


def grants(
    before: Iterable[str], after: Iterable[str], on: str, grantee: str, *, columns: str = ""
) -> Iterator[str]:
    """Yield what gives a role the privileges of ``after`` that it has not, without GRANT's words.

    A privilege is a word, with ``WITH GRANT OPTION`` behind it where the role may pass it on;
    ``columns`` is a list in parentheses. ``GRANT SELECT (email) ON TABLE users TO reader``.
    """
    old, new = set(before), set(after)
    plain = sorted(each for each in new - old if not each.endswith(OPTION))
    had = {each.removesuffix(OPTION) for each in old}
    if words := [each for each in plain if each not in had]:
        yield f"GRANT {_list(words, columns)} ON {on} TO {grantee}"
    if words := sorted(each.removesuffix(OPTION) for each in new - old if each.endswith(OPTION)):
        yield f"GRANT {_list(words, columns)} ON {on} TO {grantee}{OPTION}"


def revokes(
    before: Iterable[str], after: Iterable[str], on: str, grantee: str, *, columns: str = ""
) -> Iterator[str]:
    """Yield what takes from a role the privileges, and the options, that ``after`` has not."""
    old, new = set(before), set(after)
    has = {each.removesuffix(OPTION) for each in new}
    gone = sorted({each.removesuffix(OPTION) for each in old} - has)
    if gone:
        yield f"REVOKE {_list(gone, columns)} ON {on} FROM {grantee}"
    plain = sorted(each for each in new - old if each + OPTION in old)
    if plain:
        yield f"REVOKE GRANT OPTION FOR {_list(plain, columns)} ON {on} FROM {grantee}"


def _list(words: Iterable[str], columns: str) -> str:
    return ", ".join(f"{word} {columns}".rstrip() for word in words)
