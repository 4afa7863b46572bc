"""In which order files and Django's migrations run, whatever asks for what."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schema_tools.history.files import parse_migration
from schema_tools.history.plan import Step
from schema_tools.history.turns import in_turns

COUNT = 8
DJANGO = [f"app.{number:04}_m" for number in range(COUNT)]


def step(number: int, requires: list[str], direction: str = "up") -> Step:
    header = f"-- Requires: {', '.join(requires)}\n" if requires else ""
    name = f"{number:03}_file.sql"
    return Step(parse_migration(name, f"{header}SELECT 1;".encode(), name), direction)


@st.composite
def projects(draw):
    """Draw what each migration of Django needs, what files require, and what is applied."""
    direct = [draw(st.sets(st.sampled_from(range(at)))) if at else set() for at in range(COUNT)]
    required = draw(st.lists(st.sets(st.sampled_from(DJANGO), max_size=2), max_size=4))
    applied = draw(st.sets(st.sampled_from(range(COUNT))))
    return direct, [sorted(names) for names in required], applied


def closure(direct: list[set[int]], at: int) -> list[int]:
    """Return a migration and all that it needs, in an order that works."""
    found = {at}
    waiting = [at]
    while waiting:
        new = direct[waiting.pop()] - found
        found |= new
        waiting += new
    return sorted(found)


@given(projects())
def test_each_runs_once_behind_what_it_needs_before_who_requires_it_and_not_earlier(project):
    direct, required, applied = project
    applied = {other for at in applied for other in closure(direct, at)}
    needed = {name: [DJANGO[at] for at in closure(direct, i)] for i, name in enumerate(DJANGO)}
    turns = in_turns(
        [step(number, names) for number, names in enumerate(required, start=1)],
        {DJANGO[at] for at in applied},
        needs=needed.__getitem__,
        rest=DJANGO,
    )
    assert [turn.version for turn in turns[:-1]] == [
        f"{number:03}_file" for number in range(1, len(required) + 1)
    ]
    done = {DJANGO[at] for at in applied}
    for turn, names in zip(turns, [*required, DJANGO], strict=True):
        wanted = {each for name in names for each in needed[name]} - done
        assert sorted(turn.django) == sorted(wanted)
        for name in turn.django:
            assert {*needed[name]} - {name} <= done
            done.add(name)


def test_a_file_that_is_rolled_back_requires_nothing():
    turns = in_turns([step(1, DJANGO[:1], "down")], (), needs=lambda name: [name], rest=())
    assert [turn.django for turn in turns] == [(), ()]
