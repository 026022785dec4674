"""calibration-bot: the git-native bot that keeps a team's model table honest."""

__version__ = "0.1.0"
