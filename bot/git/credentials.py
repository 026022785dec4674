"""The one place that knows the token: who may see it, and how it is kept out of everything else.

In: a token. Out: `Credentials`, which reach git through a child's environment only, and `redacted`, which
every text that a server or git said passes before anybody sees it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_USER_INFO = re.compile(r"(?<=://)[^/\s@]+@")


@dataclass(frozen=True)
class Credentials:
    """A token and the one server it is meant for."""

    server: str
    """Its URL, scheme and host, e.g. `https://github.com`."""
    token: str = field(repr=False)
    """The secret, in memory only."""

    @property
    def header(self) -> str:
        """The HTTP header git sends, as actions/checkout words it."""
        return f"Authorization: basic {self._encoded}"

    @property
    def _encoded(self) -> str:
        return base64.b64encode(f"x-access-token:{self.token}".encode()).decode("ascii")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must never be shown."""
        return (self.token, self._encoded)

    def config(self) -> tuple[tuple[str, str], ...]:
        """Git configuration that sends the token to this server and to no other.

        The empty value first drops a header that somebody else configured for the same server: two
        `Authorization` headers are an error there.
        """
        key = f"http.{self.server.rstrip('/')}/.extraheader"
        return ((key, ""), (key, self.header))


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without the secrets and without the user part of any URL."""
    for secret in secrets:
        text = text.replace(secret, "***") if secret else text
    return _USER_INFO.sub("***@", text)
