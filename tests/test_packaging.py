"""What an installation holds and runs: the same whether from a clone, editable, an sdist or a wheel."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from importlib.metadata import PackageNotFoundError, requires
from importlib.resources import files
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot import __version__

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


LOCKS = [ROOT / ".ci" / f"requirements{kind}.txt" for kind in ("", "-dev", "-spark")]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A repository of what a release is built from, so that building leaves nothing in the work tree."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in ("bot", "config", "tests", ".ci"):
        skip = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(ROOT / name, copy / name, ignore=skip)
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-C", str(copy)]
    for step in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "All of it"]):
        subprocess.run([*git, *step], check=True)
    return copy


def built(source, target, umask=0o022):
    """The folder with sdist and wheel, as a release makes them."""
    around = {**os.environ, "PYTHON": sys.executable}
    command = [source / ".ci" / "build", target]
    subprocess.run(command, env=around, check=True, capture_output=True, umask=umask)
    return target


@pytest.fixture(scope="module")
def release(source, tmp_path_factory):
    return built(source, tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module")
def wheel(release):
    (found,) = release.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def sdist(release):
    (found,) = release.glob("*.tar.gz")
    return found


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The python of an environment with the locked releases, but without the bot."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pip(python, "install", "--require-hashes", "--requirement", str(LOCKS[0]))
    return python


@pytest.fixture(scope="module")
def clone(source, tmp_path_factory):
    """A clone of these files on a system without symbolic links."""
    copy = tmp_path_factory.mktemp("clone") / "calibration-bot"
    command = ["git", "-c", "core.symlinks=false", "clone", "--quiet", str(source), str(copy)]
    subprocess.run(command, check=True)
    return copy


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
    """bot/shipped holds copies, kept equal here: `cp config/* bot/shipped/` after a change of config/.

    Whatever reads the package (a zip, a checkout without symbolic links, an editable installation, a
    wheel built from an sdist) finds plain files in it, with no help from git or the build backend. A link
    is a text file where links are off, and a folder that the backend maps is missing when editable.
    """
    assert not (ROOT / "bot" / "shipped").is_symlink()
    assert sorted(path.name for path in (ROOT / "config").iterdir()) == SHIPPED
    for name in SHIPPED:
        assert (
            files("bot.shipped").joinpath(name).read_bytes()
            == (ROOT / "config" / name).read_bytes()
        )


def files_of_the_package():
    """Everything that belongs to the package: code, SQL, templates, schemas, configuration, man page."""
    paths = (path for path in (ROOT / "bot").rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(ROOT).as_posix() for path in paths}


@pytest.mark.slow
def test_a_wheel_holds_every_file_of_the_package_and_what_goes_to_the_prefix(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    package = files_of_the_package()
    prefix = "bot/cli/prefix/"
    shared = {path.removeprefix(prefix) for path in package if path.startswith(prefix)}
    assert "share/man/man1/calibration-bot.1" in shared
    assert {path for path in held if path.startswith("bot/")} == package
    data = {path.partition(".data/data/")[2] for path in held if ".data/" in path}
    assert data == shared
    assert {path.partition("/")[0] for path in held} == {
        "bot",
        *(f"calibration_bot-{__version__}.{end}" for end in ("data", "dist-info")),
    }


def test_an_sdist_holds_the_package_and_what_it_is_built_with_and_no_tests(sdist):
    with tarfile.open(sdist) as packed:
        held = {name.partition("/")[2] for name in packed.getnames()}
    around = {"PKG-INFO", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE"}
    assert held == files_of_the_package() | around


@pytest.mark.slow
def test_two_builds_at_two_places_are_the_same_bytes(source, release, tmp_path):
    other = tmp_path / "elsewhere" / "clone"
    subprocess.run(["git", "clone", "--quiet", str(source), str(other)], check=True, umask=0o077)
    os.utime(other / "bot" / "__init__.py", (0, 1e9))
    again = built(other, tmp_path / "again", umask=0o077)
    digests = [
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
        for folder in (release, again)
    ]
    assert digests[0] == digests[1]
    assert len(digests[0]) == 2


@pytest.mark.slow
@pytest.mark.parametrize("editable", [False, True], ids=["wheel", "editable"])
def test_an_installation_has_the_shipped_configuration_and_what_shells_and_man_look_for(
    editable, source, wheel, tmp_path
):
    what = ["--editable", str(source)] if editable else [str(wheel)]
    python = installed(tmp_path / "environment", *what)
    probe = [python, "-c", PROBE.format(names=SHIPPED)]
    shown = subprocess.run(probe, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert shown == listing()
    prefix = tmp_path / "environment" / "share"
    assert (prefix / "man" / "man1" / "calibration-bot.1").is_file()
    assert (prefix / "bash-completion" / "completions" / "calibration-bot.bash").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["clone", "sdist", "wheel"])
def test_the_demo_runs_from_a_clone_without_links_an_sdist_and_a_wheel(
    form, request, environment, tmp_path
):
    what = str(request.getfixturevalue(form))
    alone = ["--no-deps", "--no-build-isolation", "--force-reinstall"]
    pip(environment, "install", *alone, what)
    command = [environment.with_name("calibration-bot"), "demo"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "TESTING/EXEC sonnet → opus" in done.stdout


@pytest.mark.slow
def test_readme_says_how_to_install_it(wheel, environment, tmp_path):
    """As written, where the index is a folder with the wheel and what it needs is there already."""
    (command,) = re.findall(
        r"With `(pip install .*?)` done", (ROOT / "README.md").read_text("utf-8")
    )
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheel.parent)}
    path = f"{environment.parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-euc", f"{command} && calibration-bot --version"],
        cwd=tmp_path,
        env={**os.environ, **index, "PATH": path},
        check=True,
    )


def wanted(extras):
    """Every direct requirement of the project with these extras, and of its build."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    optional = project["project"]["optional-dependencies"]
    texts = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    texts += [text for extra in extras for text in optional[extra]]
    found = [Requirement(text) for text in texts]
    return [requirement for requirement in found if requirement.name != "calibration-bot"]


def locked(lock):
    """The locked version of each name."""
    lines = [line.split() for line in lock.read_text("utf-8").splitlines() if "==" in line]
    pins = (words[0].split("==") for words in lines)
    return {Requirement(name).name: version for name, version in pins}


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        (LOCKS[0], ("run",)),
        (LOCKS[1], ("run", "postgres", "test", "dev")),
        (LOCKS[2], ("spark",)),
    ],
    ids=["run", "dev", "spark"],
)
def test_the_lock_holds_every_direct_dependency_in_the_range_of_the_project(lock, extras):
    """When this fails, `.ci/lock` writes both locks anew."""
    versions = locked(lock)
    names = {canonicalize_name(requirement.name): requirement for requirement in wanted(extras)}
    assert names.keys() - versions.keys() == set()
    outside = [n for n, wish in names.items() if not wish.specifier.contains(versions[n])]
    assert outside == []


SPARK_ONLY = ("grpcio", "py4j", "pyspark")


def test_the_tests_run_on_the_very_releases_that_the_bot_runs_on():
    run, dev, spark = map(locked, LOCKS)
    assert run.items() - dev.items() == set()
    assert not [name for name in spark.keys() & dev.keys() if spark[name] != dev[name]]
    assert {*SPARK_ONLY} <= spark.keys() - dev.keys()
    assert "setuptools" in dev, "PySpark comes as source: what builds it is installed first"


@pytest.mark.parametrize("lock", LOCKS, ids=["run", "dev", "spark"])
def test_every_locked_release_has_hashes(lock):
    """With one hash anywhere, pip refuses whatever has none."""
    entries = lock.read_text("utf-8").replace("\\\n", " ").splitlines()
    assert [line for line in entries if "==" in line and "--hash=sha256:" not in line] == []


@pytest.mark.parametrize("lock", LOCKS[:2], ids=lambda path: path.name)
def test_a_lock_pins_what_is_required_with_extras_by_that_name(lock):
    # pip takes "coverage[toml]" for another requirement than "coverage": without a pin of that name an
    # install fails as soon as there is a newer release.
    lines = [line.rstrip(" \\") for line in lock.read_text("utf-8").splitlines()]
    pins = [Requirement(line) for line in lines if line[:1].isalnum()]
    pinned = {(canonicalize_name(pin.name), *sorted(pin.extras)) for pin in pins}
    needs = [Requirement(line) for pin in pins for line in _required(pin.name)]
    needed = {
        (canonicalize_name(need.name), *sorted(need.extras))
        for need in needs
        if need.extras and (need.marker is None or need.marker.evaluate({"extra": ""}))
    }
    assert needed
    assert needed <= pinned


def _required(name):
    try:
        return requires(name) or []
    except PackageNotFoundError:  # of another platform
        return []
