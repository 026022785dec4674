"""calibration-bot: the git-native bot that keeps a team's model table honest."""

TYPE_CHECKING = False  # type checkers know it; `typing` would cost every command its start-up
if TYPE_CHECKING:
    from bot.lookup import model_for as model_for

__version__ = "0.1.0"
__all__ = ["__version__", "model_for"]


def __getattr__(name: str) -> object:
    """`model_for` is loaded when it is asked for: commands have no use for it."""
    if name == "model_for":
        from bot.lookup import model_for

        return model_for
    raise AttributeError(f"module 'bot' has no attribute {name!r}")
