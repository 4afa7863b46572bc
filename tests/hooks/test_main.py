"""What stands around the actions of ``python -m schema_tools.hooks``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Never

import pytest

from schema_tools.hooks import __main__ as program


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], int]:
    """Run the action for what is staged, which raises something while it is imported."""

    def run(raised: BaseException) -> int:
        def importing(_arguments: list[str]) -> Never:
            raise raised

        monkeypatch.setitem(program._ACTIONS, "staged", importing)
        return program.main(["staged"])

    return run


def test_an_interruption_ends_it_without_a_traceback(staged, capsys) -> None:
    assert staged(KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == ""


def test_whatever_else_goes_wrong_is_seen(staged) -> None:
    with pytest.raises(ImportError):
        staged(ImportError("no module"))
