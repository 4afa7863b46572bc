"""Difficult SQL: statements with quotes, comments and semicolons in all places."""

from __future__ import annotations

from hypothesis import strategies as st

EXPRESSIONS = st.sampled_from(
    [
        *("1", "'a;b'", "'it''s'", "E'\\';'", "E'\\\\'", "$$;'$$", "$a$ $$; $a$", "U&'\\003B'"),
        *('"a;b"', '"a""b"', "a$b$", "x'1f'", "b'0'", "N';'", "'a'\n'b'", "'a;'  \n\n  ';'"),
        *("(SELECT 1)", "-1", "1 - -1", "2 /* ; /* ; */ */ * 3", "@ 1", "1 <-- ;\n 2"),
        *("CASE WHEN true THEN 1 END", "(CASE 1 WHEN 1 THEN 2 END)", "'1'::int", "f(a => 1)"),
        *("größe", ".5", "1.5e-3", "x.y", "ARRAY[1,2]", "a[1:2]", "'\\'", "1 ||';'|| 2", '"end"'),
    ]
)
GAPS = st.sampled_from(
    [" ", "\n", "\t", " -- a; 'b\n", "/* ; ' */", "/* /* ; */ $$ */", " --\n", "\n\n", "\f"]
)


@st.composite
def queries(draw):
    """A SELECT with difficult expressions and comments in all places."""
    parts = ["SELECT", draw(GAPS), draw(EXPRESSIONS)]
    for _ in range(draw(st.integers(0, 3))):
        parts += [draw(GAPS), ",", draw(GAPS), draw(EXPRESSIONS)]
    return "".join(parts)


@st.composite
def routines(draw):
    """A function with a body of statements."""
    head = draw(st.sampled_from(["CREATE FUNCTION", "create or replace function"]))
    begin = draw(st.sampled_from(["BEGIN ATOMIC", "begin\natomic", "Begin/* ; */Atomic"]))
    body = "".join(f"{draw(GAPS)}{query};" for query in draw(st.lists(queries(), max_size=3)))
    return f"{head} f(a int){draw(GAPS)}RETURNS int {begin}{body}{draw(GAPS)}END"


@st.composite
def rules(draw):
    """A rule with several actions."""
    actions = "; ".join(draw(st.lists(queries(), min_size=1, max_size=3)))
    return f"CREATE RULE r AS ON INSERT TO t DO ALSO{draw(GAPS)}({actions})"


DO_BLOCKS = st.sampled_from(
    [
        "DO $$BEGIN PERFORM 1; END$$",
        "DO $x$ BEGIN $$;$$; END; $x$ LANGUAGE plpgsql",
        "BEGIN",
        "END",
    ]
)
STATEMENTS = st.one_of(queries(), queries(), routines(), rules(), DO_BLOCKS)


@st.composite
def files(draw):
    """A text of statements, with gaps between them."""
    parts = []
    for each in draw(st.lists(STATEMENTS, min_size=1, max_size=4)):
        parts += [draw(GAPS), each, draw(GAPS), ";"]
    last = draw(st.sampled_from([0, 0, 1, 2]))
    return "".join(parts[: len(parts) - last]) + draw(GAPS)
