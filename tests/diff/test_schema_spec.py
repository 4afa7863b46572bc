"""The words that name a schema, and what is said of others."""

from __future__ import annotations

import pytest

from schema_tools.errors import ConfigurationError
from schema_tools.services.schema_spec import Origin, Spec, parse_spec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("models", Spec(Origin.MODELS)),
        ("migrations", Spec(Origin.MIGRATIONS)),
        ("migrations@004", Spec(Origin.MIGRATIONS, "004")),
        ("migrations@004_add_phone", Spec(Origin.MIGRATIONS, "004_add_phone")),
        ("database", Spec(Origin.DATABASE)),
        ("database:replica", Spec(Origin.DATABASE, "replica")),
        ("postgresql://me@host/name", Spec(Origin.URL, "postgresql://me@host/name")),
        ("postgres://host/name", Spec(Origin.URL, "postgres://host/name")),
        ("./models", Spec(Origin.SNAPSHOT, "./models")),
        ("password.jsonl", Spec(Origin.SNAPSHOT, "password.jsonl")),
        ("models.jsonl", Spec(Origin.SNAPSHOT, "models.jsonl")),
    ],
)
def test_what_is_accepted(text: str, spec: Spec, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("models", "migrations", "database", "password.jsonl", "models.jsonl"):
        (tmp_path / name).touch()
    assert parse_spec(text, "--of") == spec


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("modles", "models"),
        ("model", "models"),
        ("models@4", "models"),
        ("migration@004", "migrations@004"),
        ("migrations:004", "migrations@004"),
        ("migrations@", "migrations"),
        ("db:replica", None),
        ("databse:replica", "database:replica"),
        ("database@replica", "database:replica"),
        ("schema.jsonl", None),
        ("", None),
    ],
)
def test_others_are_told_what_is_accepted_and_what_is_near(
    text: str, meant: str | None, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        parse_spec(text, "--from")
    assert caught.value.message.startswith("--from")
    assert repr(text) in caught.value.message
    assert "models, migrations, migrations@004, database, database:ALIAS" in caught.value.hint
    assert (f"Did you mean {meant!r}?" in caught.value.hint) is (meant is not None)
    assert meant is not None or "no file" in caught.value.message


@pytest.mark.parametrize(
    "text", ["mysql://me:geheim@host/name", "host=x password=geheim", "password = geheim"]
)
def test_a_password_is_never_repeated(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_spec(text, "--to")
    assert "geheim" not in f"{caught.value} {caught.value.hint}"
    assert "postgresql://" in str(caught.value)
    assert "geheim" not in repr(parse_spec("postgresql://me:geheim@host/name", "--to"))
