"""Why the service refuses; ``code`` is a word for programs, the message a sentence for people."""

from __future__ import annotations


class ServiceError(Exception):
    """The service refuses to do what it was asked."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class BadInput(ServiceError):
    """What was sent cannot be used."""


class Taken(ServiceError):
    """Somebody else has that name already."""


class NotAuthenticated(ServiceError):
    """The credentials or the token prove nothing."""
