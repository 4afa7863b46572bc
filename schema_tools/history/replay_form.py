"""How a statement is run in a replay: as it stands, in another form, at the end, or not at all.

What names the live database means the scratch database there, and what names the role that runs
the migrations means the replay's own. Owners, and what is set for the database as a whole, come
last: they would be in the way of the statements that follow.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schema_tools.history.migration import Statement
from schema_tools.history.reach import reaches_outside
from schema_tools.history.verbs import has, words_of
from schema_tools.lexer import Kind, Token, significant
from schema_tools.schema.names import quoted
from schema_tools.schema.parts.name_free import named

_NAMES = (Kind.WORD, Kind.NAME)
# After these words a role is named, or a list of them; after SET ROLE the replay's own is NONE.
_ROLES_FOLLOW = {
    "GRANT": ("TO", "FROM", "BY"),
    "REVOKE": ("TO", "FROM", "BY"),
    "ALTER DEFAULT PRIVILEGES": ("ROLE", "USER", "TO", "FROM"),
    "ALTER ROLE": ("ROLE",),
    "ALTER USER": ("USER",),
    "CREATE USER MAPPING": ("FOR",),
    "ALTER USER MAPPING": ("FOR",),
    "DROP USER MAPPING": ("FOR",),
}
_OF_A_DATABASE = ("ALTER DATABASE", "ALTER ROLE", "ALTER USER", "GRANT", "REVOKE", "DO")


@dataclass(frozen=True, slots=True)
class Owner:
    """An owner that an object gets: ``of`` is ``TABLE app.t`` as ALTER names it."""

    of: str
    role: str


@dataclass(frozen=True, slots=True)
class Form:
    """What a replay does with a statement.

    ``now`` is what it runs, ``later`` what it runs at the end, ``owner`` what it remembers;
    ``grantees`` are the roles, as SQL, whose privileges a GRANT or REVOKE is about; ``left_out``
    is why it does nothing at all.
    """

    now: str = ""
    later: str = ""
    owner: Owner | None = None
    grantees: frozenset[str] = frozenset()
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """What names in files mean in a replay; "" for a name that is not known.

    ``runner`` is the role that runs the migrations, ``me`` the replay's own; ``live`` is the
    database, ``scratch`` the one of the replay.
    """

    runner: str = ""
    me: str = ""
    live: str = ""
    scratch: str = ""


def form_of(statement: Statement, names: Names, *, keep_owners: bool) -> Form:
    """Return how a statement is run; with ``keep_owners`` owners are only remembered."""
    tokens = list(significant(statement.text)) if _concerns(statement, names) else []
    if later := _of_this_database(statement, tokens, names):
        return Form(later=later)
    if reason := reaches_outside(statement):
        return Form(left_out=reason)
    if statement.verb == "CREATE EVENT TRIGGER" and has(words_of(statement.text), "ON", "LOGIN"):
        return Form(later=statement.text)  # it would run in the sessions to come
    if not tokens:
        return Form(now=statement.text)
    form = _owner(statement, tokens, names) or _schema(statement, tokens, names)
    if form is not None and form.owner is not None:
        is_mine = form.owner.role == quoted(names.me)
        if keep_owners or (is_mine and form.now):
            return form
        if is_mine:
            return Form(now=f"ALTER {form.owner.of} OWNER TO {form.owner.role}")
    changes = _role_changes(statement, tokens, names)
    now = _changed(statement.text, tokens, changes)
    return Form(now=now, grantees=_grantees(statement, tokens, names))


def _concerns(statement: Statement, names: Names) -> bool:
    """Return whether a statement may need another form; a quick look spares most of them."""
    verb = statement.verb
    if verb.startswith(("ALTER", "GRANT", "REVOKE", "CREATE SCHEMA")):
        return True
    return verb in _ROLES_FOLLOW or (verb == "DO" and bool(names.live)) or verb == "SET ROLE"


def _of_this_database(statement: Statement, tokens: Sequence[Token], names: Names) -> str:
    """Return a statement about the live database as one about the scratch database, or ""."""
    if not names.live or statement.verb not in _OF_A_DATABASE:
        return ""
    if statement.verb == "DO":
        return named(statement.text, names.scratch) or ""
    at = _after(tokens, "DATABASE")
    if at is None or _plain(tokens[at]) != names.live:
        return ""
    following = tokens[at + 1].text.upper() if at + 1 < len(tokens) else ""
    granting = statement.verb in {"GRANT", "REVOKE"}
    if following not in ({"TO", "FROM"} if granting else {"SET", "RESET"}):
        return ""
    changes = {tokens[at].start: quoted(names.scratch), **_role_changes(statement, tokens, names)}
    return _changed(statement.text, tokens, changes)


def _owner(statement: Statement, tokens: Sequence[Token], names: Names) -> Form | None:
    """Return what becomes of ``ALTER … OWNER TO role``, None for any other statement.

    ALTER TABLE may do more at once: that is left of it.
    """
    if not statement.verb.startswith("ALTER ") or len(tokens) < 5:
        return None
    if tuple(token.text.upper() for token in tokens[-3:-1]) != ("OWNER", "TO"):
        return None
    role, more = _role(tokens[-1], names), tokens[-4].text == ","
    end = _end_of_name(tokens) if more else tokens[-4].end
    of = statement.text[tokens[1].start : end]
    now = statement.text[: tokens[-4].start] if more else ""
    return Form(now=now, owner=Owner(of, role))


def _end_of_name(tokens: Sequence[Token]) -> int:
    """Return where the name of the table ends in ALTER TABLE IF EXISTS ONLY app.t …"""
    words = ("ALTER", "FOREIGN", "TABLE", "IF", "EXISTS", "ONLY")
    named = itertools.dropwhile(lambda token: token.text.upper() in words, tokens)
    last = next(named)
    for token in named:
        if "." not in {token.text, last.text}:
            break
        last = token
    return last.end


def _schema(statement: Statement, tokens: Sequence[Token], names: Names) -> Form | None:
    """Return CREATE SCHEMA without the role that owns it, which may not be there."""
    at = _after(tokens, "AUTHORIZATION") if statement.verb == "CREATE SCHEMA" else None
    if at is None:
        return None
    name, last = "", tokens[at - 2]
    if last.text.upper() in {"SCHEMA", "EXISTS"}:  # one without a name has that of its owner
        name = quoted(_plain(tokens[at]))
    now = statement.text[: tokens[at - 1].start] + name + statement.text[tokens[at].end :]
    return Form(now=now, owner=Owner(f"SCHEMA {name or last.text}", _role(tokens[at], names)))


def _role_changes(statement: Statement, tokens: Sequence[Token], names: Names) -> dict[int, str]:
    """Return what stands in place of the runner's name, by the offset of each."""
    if not names.runner:
        return {}
    if statement.verb == "SET ROLE":
        last = tokens[-1]
        return {last.start: "NONE"} if _plain(last) == names.runner else {}
    if statement.verb in {"ALTER ROLE", "ALTER USER"} and names.me.startswith("pg_"):
        return {}  # nobody may alter a role of the server's own
    introducing = _ROLES_FOLLOW.get(statement.verb, ())
    return {
        token.start: quoted(names.me)
        for token in _listed(_outside(tokens), introducing)
        if _plain(token) == names.runner
    }


def _grantees(statement: Statement, tokens: Sequence[Token], names: Names) -> frozenset[str]:
    if statement.verb not in {"GRANT", "REVOKE"}:
        return frozenset()
    return frozenset(_role(token, names) for token in _listed(_outside(tokens), ("TO", "FROM")))


def _listed(tokens: Sequence[Token], introducing: tuple[str, ...]) -> Iterator[Token]:
    """Yield the names in the lists that such a word introduces."""
    in_list = False
    meant = (token for token in tokens if token.text.upper() != "GROUP")  # a word of old
    for before, token in itertools.pairwise(meant):
        begins = before.text.upper() in introducing and before.kind is Kind.WORD
        in_list = begins or (in_list and "," in {before.text, token.text})
        if in_list and token.kind in _NAMES:
            yield token


def _outside(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens outside parentheses."""
    found, depth = [], 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        if not depth:
            found.append(token)
    return found


def _after(tokens: Sequence[Token], word: str) -> int | None:
    """Return the place after the first such key word."""
    places = (at + 1 for at, token in enumerate(tokens[:-1]) if token.text.upper() == word)
    return next(places, None)


def _role(token: Token, names: Names) -> str:
    return quoted(names.me if _means_me(token, names) else _plain(token))


def _means_me(token: Token, names: Names) -> bool:
    current = {"CURRENT_USER", "CURRENT_ROLE", "SESSION_USER"}
    return _plain(token) == names.runner or token.text.upper() in current


def _plain(token: Token) -> str:
    """Return a name as the catalogs have it."""
    if token.kind is Kind.NAME and token.text.startswith('"'):
        return token.text[1:-1].replace('""', '"')
    return token.text.lower()


def _changed(text: str, tokens: Sequence[Token], changes: dict[int, str]) -> str:
    pieces, done = [], 0
    for token in tokens:
        if token.start in changes:
            pieces += [text[done : token.start], changes[token.start]]
            done = token.end
    return "".join([*pieces, text[done:]])
