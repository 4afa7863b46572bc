"""Names are quoted as the server would quote them."""

from __future__ import annotations

import pytest

from schema_tools.schema.names import literal, qualified, quoted


@pytest.mark.db
def test_every_key_word_is_quoted_as_the_server_does(database) -> None:
    rows = database.execute("SELECT word, quote_ident(word) FROM pg_get_keywords()")
    assert len(rows) > 400
    # More quotes than this server asks for do no harm: another version may need them.
    assert not [word for word, expected in rows if quoted(word) not in {expected, f'"{word}"'}]


@pytest.mark.db
@pytest.mark.parametrize("name", ["a", "A", "a b", 'a"b', "1a", "_a1", "ä", "a$b", "", "a.b"])
def test_names_are_quoted_as_the_server_does(database, name: str) -> None:
    escaped = name.replace("'", "''")
    assert [(quoted(name),)] == database.execute(f"SELECT quote_ident('{escaped}')")


@pytest.mark.db
@pytest.mark.parametrize("text", ["a", "it's", "back\\slash", "both'\\", "", "ä\n"])
def test_literals_mean_the_text(database, text: str) -> None:
    assert database.execute(f"SELECT {literal(text)}") == [(text,)]


def test_public_goes_without_saying() -> None:
    assert qualified("public", "users") == "users"
    assert qualified("Other", "users") == '"Other".users'
