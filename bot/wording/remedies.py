"""What to do about a run that came to nothing: one sentence each, wherever it is told.

GitHub Markdown, each ending in a full stop.
"""

from __future__ import annotations

WRONG_USAGE = "correct what the run was started with (its inputs), and start it again."
WEAK_GATE = (
    "bring the entry back to its floor in a pull request of your own (the bot never edits a "
    "gate), and run again."
)
WRONG_INPUT = (
    "correct it on the branch that is calibrated, and run again; `calibration-bot validate` "
    "finds the same in a clone."
)
REST = "do what it says and run again: whatever is left to do is done."
REPORT_IT = (
    "report it with what the log of this job says, and run again: whatever is left to do is done."
)
NO_OUTCOMES_LOGGED = (
    "let agents or people log outcomes (`calibration-bot log rework`, with `--ok` for what passed), or "
    "`calibration-bot collect git --sync` from history; with `[[collect]]` rules in the policy "
    "(`calibration-bot init` writes examples), `calibrate.yml` collects by itself."
)
NO_ROWS_LOGGED = (
    "see that agents log, or outcomes are collected (`calibration-bot collect git`), and that both are "
    "pushed (`calibration-bot log sync`); `calibration-bot log show` lists what a clone holds."
)
