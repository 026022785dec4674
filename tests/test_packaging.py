"""What an installation holds: the same files whether from the source tree, editable or a wheel."""

import hashlib
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHIPPED = ["overrides.toml", "policy.schema.json", "policy.toml"]
PROBE = """
from hashlib import sha256
from importlib.resources import files
for name in {names}:
    print(name, sha256(files("bot.shipped").joinpath(name).read_bytes()).hexdigest())
"""


def listing():
    """What PROBE must print: each shipped file and the digest of its original in config/."""
    digests = [
        hashlib.sha256((ROOT / "config" / name).read_bytes()).hexdigest() for name in SHIPPED
    ]
    return "".join(f"{name} {digest}\n" for name, digest in zip(SHIPPED, digests, strict=True))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A copy of what a build needs, so that building leaves nothing in the work tree."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in ("bot", "config"):
        skip = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=skip)
    return copy


@pytest.fixture(scope="module")
def wheel(source, tmp_path_factory):
    target = tmp_path_factory.mktemp("wheel")
    pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(target), str(source))
    (built,) = target.glob("*.whl")
    return built


def pip(python, *arguments):
    subprocess.run(
        [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True
    )


def installed(directory, *arguments):
    """The python of a new environment that holds the bot, without its dependencies."""
    venv.create(directory, with_pip=True)
    python = directory / "bin" / "python"
    pip(python, "install", "--no-deps", *arguments)
    return python


def test_the_shipped_configuration_is_the_one_in_config():
    assert sorted(path.name for path in (ROOT / "config").iterdir()) == SHIPPED
    for name in SHIPPED:
        assert (
            files("bot.shipped").joinpath(name).read_bytes()
            == (ROOT / "config" / name).read_bytes()
        )


@pytest.mark.slow
def test_a_wheel_holds_every_file_of_the_package(wheel):
    package = ROOT / "bot"
    expected = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    } | {f"bot/shipped/{name}" for name in SHIPPED}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == expected


@pytest.mark.slow
@pytest.mark.parametrize("editable", [False, True], ids=["wheel", "editable"])
def test_an_installation_can_read_the_shipped_configuration(editable, source, wheel, tmp_path):
    what = ["--editable", str(source)] if editable else [str(wheel)]
    python = installed(tmp_path / "environment", *what)
    probe = [python, "-c", PROBE.format(names=SHIPPED)]
    shown = subprocess.run(probe, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert shown == listing()
