"""Owner and comment, which most kinds of object have besides what defines them."""

from __future__ import annotations

from schema_tools.schema.names import literal, quoted
from schema_tools.schema.objects import Change


def owner_to(what: str, owner: str | None) -> str:
    """Return the statement that gives ``TYPE app.mood`` an owner.

    None stands for whoever runs the migrations (``Kind.query``), and so runs the statement.
    """
    return f"ALTER {what} OWNER TO {'CURRENT_USER' if owner is None else quoted(owner)}"


def comment_on(what: str, comment: str | None) -> str:
    """Return the statement that gives ``TYPE app.mood`` a comment; None takes it away."""
    return f"COMMENT ON {what} IS {'NULL' if comment is None else literal(comment)}"


def owner_and_comment(what: str, change: Change) -> tuple[str, ...]:
    """Return the statements for both that a change calls for; a new object may need either."""
    statements = []
    for aspect, statement in (("owner", owner_to), ("comment", comment_on)):
        value = getattr(change.after, aspect, None)
        if aspect in change.aspects or (change.before is None and value is not None):
            statements.append(statement(what, value))
    return tuple(statements)
