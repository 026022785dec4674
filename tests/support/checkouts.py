"""A stand-in for actions/checkout, which cannot be fetched: a team's repository and this one, from disk."""

from __future__ import annotations

import json
from pathlib import Path

TOP = Path(__file__).parents[2]
NEEDED = (".ci", "bot", "config", ".github", "pyproject.toml", "README.md", "LICENSE")
"""What an installation from a checkout of this repository needs."""
_SCRIPT = """\
set -euo pipefail
case "$INPUT_PATH" in
  repository)
    git clone --quiet "$BARE" repository
    if [[ -n $INPUT_REF ]]; then
      git -C repository fetch --quiet origin "$INPUT_REF"
      git -C repository checkout --quiet --detach FETCH_HEAD
    fi
    git -C repository remote set-url origin "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY.git" ;;
  calibration-bot)
    mkdir calibration-bot
    (cd "$BOT" && tar -cf - --exclude=__pycache__ {needed}) | tar -xf - -C calibration-bot ;;
esac
"""
"""What actions/checkout does with these inputs, from this machine's disk."""


def checkout_stand_in(folder: Path, bare: Path) -> Path:
    """An action that checks the repository `bare` out as `repository`, and this one as `calibration-bot`."""
    environment = {
        "INPUT_PATH": "${{ inputs.path }}",
        "INPUT_REF": "${{ inputs.ref }}",
        "BARE": str(bare),
        "BOT": str(TOP),
    }
    script = _SCRIPT.format(needed=" ".join(NEEDED))
    action = {
        "name": "checkout",
        "inputs": {name: {"description": name} for name in ("path", "ref")},
        "runs": {
            "using": "composite",
            "steps": [{"shell": "bash", "env": environment, "run": script}],
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "action.yml").write_text(json.dumps(action), encoding="utf-8")  # JSON is YAML
    return folder
