"""The one place that knows the token: who may see it, and how it is kept out of everything else.

In: a token. Out: `Credentials`, which reach git through a child's environment only, and `redacted`, which
every text that a server or git said passes before anybody sees it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_URL = re.compile(r"://[^\s'\"<>]+")
_USER_INFO = re.compile(r"(?<=^://)[^/?#]*@")
# git's own `?service=git-upload-pack` says what was asked; any other value may let somebody in.
_QUERY = re.compile(r"(?<=[?&;])(?!service=git-)([^=&;#]*=)?[^&;#]+")


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
    """The text without the secrets, and without the user part and the query's values of any URL."""
    for secret in secrets:
        text = text.replace(secret, "***") if secret else text
    return _URL.sub(_open_part, text)


def _open_part(found: re.Match[str]) -> str:
    url = _USER_INFO.sub("***@", found[0])
    return _QUERY.sub(lambda pair: f"{pair[1] or ''}***", url)
