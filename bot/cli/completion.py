"""`calibration-bot completion SHELL`: prints what makes a shell complete commands and options.

The scripts are generated (`tests/support/shell_files.py`): no shell starts Python to complete a word.
"""

from __future__ import annotations

import argparse
import sys

SCRIPTS = {
    "bash": "share/bash-completion/completions/calibration-bot.bash",
    "zsh": "share/zsh/site-functions/_calibration-bot",
    "fish": "share/fish/vendor_completions.d/calibration-bot.fish",
}
"""Each shell's script below `prefix`, which an installation copies to where shells look for it."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "completion",
        help="print a shell's completion script",
        description="Prints the script that makes a shell complete commands, options and their values. An "
        "installation brings it, and `man calibration-bot`, too; this is for shells that do not find it.",
        example="calibration-bot completion bash > "
        "~/.local/share/bash-completion/completions/calibration-bot",
    )
    parser.add_argument("shell", choices=list(SCRIPTS), help="which shell")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    from importlib.resources import files

    script = files("bot.cli").joinpath("prefix", SCRIPTS[args.shell])
    sys.stdout.write(script.read_text("utf-8"))
    return 0
