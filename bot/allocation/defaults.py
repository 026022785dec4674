"""What the policy says where it says nothing, for the keys that light commands read too.

`bot.policy` checks the whole file with pydantic; `log` starts in the time that takes, so it reads the few
keys it needs by itself. Both take their defaults from here. Constants only.
"""

from typing import Final

TOKENS_GLOB = ".calibration/logs/*/tokens*.jsonl"
REWORK_GLOB = ".calibration/logs/*/rework*.jsonl"

WEEK_STARTS_ON: Final = "monday"
WEEK_STARTS_AT = "00:00"
WEEK_TIME_ZONE = "UTC"

WEEKLY_TOKENS = 500_000
YELLOW = 70
ORANGE = 85
RED = 95
