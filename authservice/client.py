"""Who is at the other end of a request."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest

UNKNOWN_ADDRESS = "0.0.0.0"


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from, as the tables record it."""

    address: str = UNKNOWN_ADDRESS
    user_agent: str = ""

    @classmethod
    def of(cls, request: HttpRequest | None) -> Self:
        """Return the client of a request.

        X-Forwarded-For is not looked at: whoever sends the request can write anything into it.
        """
        if request is None:
            return cls()
        given = request.META.get("REMOTE_ADDR", "").partition("%")[0]  # inet knows no zones
        try:
            address = str(ipaddress.ip_address(given))
        except ValueError:  # a Unix socket has no address
            address = UNKNOWN_ADDRESS
        return cls(address, request.META.get("HTTP_USER_AGENT", ""))
