"""Stand-ins for actions, which cannot be fetched: checkout has a team's repository and this one from disk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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


_UPLOAD = """\
set -euo pipefail
cp -- "$INPUT_PATH" "$KEPT/$INPUT_NAME.html"
echo "artifact-url=https://example.org/artifacts/1" >> "$GITHUB_OUTPUT"
"""
"""What actions/upload-artifact does with these inputs."""


def cache_stand_in(folder: Path) -> Path:
    """An action that keeps nothing: what is not in the cache is found anew."""
    return stand_in(folder, "true", {}, ["path", "key", "restore-keys"])


def checkout_stand_in(folder: Path, bare: Path) -> Path:
    """An action that checks the repository `bare` out as `repository`, and this one as `calibration-bot`."""
    environment = {"BARE": str(bare), "BOT": str(TOP)}
    return stand_in(folder, _SCRIPT.format(needed=" ".join(NEEDED)), environment, ["path", "ref"])


def upload_stand_in(folder: Path, kept: Path) -> Path:
    """An action that keeps in `kept` what is uploaded, each as a page of its artifact's name."""
    kept.mkdir(parents=True, exist_ok=True)
    return stand_in(folder, _UPLOAD, {"KEPT": str(kept)}, ["path", "name"], ["artifact-url"])


def stand_in(
    folder: Path,
    script: str,
    environment: Mapping[str, str],
    inputs: Sequence[str],
    outputs: Sequence[str] = (),
) -> Path:
    """An action of one step that sees its inputs as INPUT_NAME."""
    seen = {f"INPUT_{name.upper()}": f"${{{{ inputs.{name} }}}}" for name in inputs}
    step = {"id": "it", "shell": "bash", "env": {**environment, **seen}, "run": script}
    told = {name: f"${{{{ steps.it.outputs.{name} }}}}" for name in outputs}
    action = {
        "name": folder.name,
        "inputs": {name: {"description": name} for name in inputs},
        "outputs": {name: {"description": name, "value": value} for name, value in told.items()},
        "runs": {"using": "composite", "steps": [step]},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "action.yml").write_text(json.dumps(action), encoding="utf-8")  # JSON is YAML
    return folder
