"""How the bot may act on GitHub: with which credential, and who signs its commits."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.forge import tokens
from tests.support.forge.tokens import Token
from tests.support.weekly import APP, BOT, Weekly


@dataclass(frozen=True)
class Way:
    """One credential, one mode."""

    name: str
    login: str
    """Who acts."""
    token: Token | None
    """None: a GitHub App, which signs in by its key."""
    signed: bool

    @property
    def is_app(self) -> bool:
        """Whether a GitHub App signs in."""
        return self.token is None

    @property
    def settings(self) -> dict[str, str]:
        """Lines of the policy, in TOML."""
        return {"author": f'"{self.login}"'} | ({"sign": '"github"'} if self.signed else {})

    def sign_in(self, bot: Weekly) -> None:
        """Let the bot act so from now on."""
        bot.login = self.login
        if self.token is None:
            bot.use_app()
        else:
            bot.use(self.token)

    def __str__(self) -> str:
        return f"{self.name} {'signed' if self.signed else 'unsigned'}"


WAYS = tuple(
    Way(name, login, token, signed)
    for signed in (False, True)
    for name, login, token in (
        ("GITHUB_TOKEN", BOT, tokens.ACTIONS),
        ("personal token", "calibrator", tokens.PAT),
        ("App", APP, None),
    )
)
"""Every credential in both modes; the first one is the shipped policy's."""
