"""What goes into the image, tried without a container engine: the same files, the same commands, the same packages."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from deploy.printing import PORT_BASE, ROOT
from deploy.wiring import OF_THE_IMAGE
from shared.runtime.processes import SERVICES

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")

# Imports every module of the image, refusing what no package of service.lock brings.
IMPORT_ALL = """
import importlib, json, pkgutil, sys
refused = set(json.loads(sys.argv[1]))
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ModuleNotFoundError(f"{name} is not in the image", name=name)
sys.meta_path.insert(0, Refuse())
import services, shared
seen = 0
for package in (services, shared):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if module.name != "shared.reference.build":  # it builds, and is not asked again
            importlib.import_module(module.name)
            seen += 1
print(seen)
"""


def _lock(name: str) -> dict[str, str]:
    lines = (ROOT / f"requirements/{name}.lock").read_text().split()
    return dict(line.split("==") for line in lines)


def _bring(name: str, seen: set[str]) -> None:
    """A package and everything that it needs here, into `seen`."""
    key = _normal(name)
    if key in seen:
        return
    seen.add(key)
    for line in distribution(name).requires or ():
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            _bring(needed.name, seen)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _asked_for(name: str) -> list[str]:
    """What pyproject.toml names: the services' own dependencies, or a group."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return list(project["project"]["dependencies"] if name == "service" else project["dependency-groups"][name])


@pytest.mark.parametrize("name", ["service", "build"])
def test_the_lock_holds_what_is_needed_and_no_more(name: str) -> None:
    """A lock names every package that its part of pyproject.toml brings, in the version that the tests run with, and nothing else."""
    needed: set[str] = set()
    for line in _asked_for(name):
        _bring(Requirement(line).name, needed)
    locked = {_normal(package): version for package, version in _lock(name).items()}
    assert set(locked) == needed
    tested = {_normal(package): version for package, version in _lock("dev").items()}
    assert locked.items() <= tested.items()


def _context(into: Path) -> Iterator[str]:
    """Copy what the build is sent: each file of the tree whose last fitting line of .dockerignore lets it in."""
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    tops = {rule[1:].split("/")[0] for rule in rules if rule.startswith("!")}
    for top in sorted(tops):
        for path in [ROOT / top, *(ROOT / top).rglob("*")]:
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and _let_in(name, rules):
                (into / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, into / name)
                yield name


def _let_in(name: str, rules: list[str]) -> bool:
    allowed = True
    for rule in rules:
        pattern = re.escape(rule.lstrip("!")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if re.fullmatch(f"{pattern}(?:/.*)?", name):
            allowed = rule.startswith("!")
    return allowed


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The builder's folder after its last step: the context, Node's packages, and what the build command of the Dockerfile made."""
    folder = tmp_path_factory.mktemp("image")
    assert list(_context(folder))
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    (command,) = (run for run in re.findall(r"^RUN (.+?)(?<!\\)$", DOCKERFILE, re.MULTILINE | re.DOTALL) if "shared.web.build" in run)
    environ = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(["sh", "-c", command], cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return folder


def test_the_build_is_sent_no_tests_no_secrets_no_laptop(tmp_path: Path) -> None:
    """The context has sources and nothing else: no .env, no history, no test, no build of this machine, none of the laptop's stack."""
    sent = set(_context(tmp_path))
    assert {"shared/runtime/loop.py", "services/pledge/__main__.py", ".npmrc", "requirements/service.lock"} <= sent
    assert not [name for name in sent if re.match(r"\.env|\.git/|tests/|build/|var/|node_modules/|shared/laptop/|docs/", name)]
    assert not [name for name in sent if "__pycache__" in name]
    assert not _let_in(".env", (ROOT / ".dockerignore").read_text().splitlines())


def test_the_dockerfile_copies_what_it_is_sent(tmp_path: Path) -> None:
    """Every source that a COPY names is in the context."""
    sent = set(_context(tmp_path))
    for line in re.findall(r"^COPY (?!--)(.+)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert any(name == source or name.startswith(f"{source.rstrip('/')}/") for name in sent), source


def test_the_build_makes_the_doors_files(tree: Path) -> None:
    """The build command of the Dockerfile makes the front door's files, the API's page among them, and the postcode table."""
    door = {path.name for path in (tree / "build/door").iterdir()}
    assert {"crisis.html", "404.html", "502.html", "api.html", "openapi.json", "manifest.json", "static"} <= door
    assert (tree / "build/reference/postcodes.json.gz").stat().st_size > 10_000
    described = json.loads((tree / "build/door/openapi.json").read_text())
    assert described["paths"]


def test_the_image_runs_with_its_own_packages(tree: Path) -> None:
    """Every module in the image is imported where nothing but service.lock's packages can be, and the laptop's stack is not there."""
    ours = {_normal(name) for name in _lock("service")}
    others = [
        module
        for module, brought_by in packages_distributions().items()
        if not {_normal(name) for name in brought_by} & ours and re.fullmatch(r"\w+", module)
    ]
    assert {"pytest", "yaml", "brotli"} <= set(others)
    run = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, json.dumps(others)],
        cwd=tree,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) > 50
    assert not (tree / "shared/laptop").exists()


def test_the_images_own_settings_fit_the_files() -> None:
    """What the deployment's files take for granted is set in the image, in its last stage."""
    last = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    said = dict(re.findall(r"(\w+)=(\S+)", last))
    assert set(OF_THE_IMAGE) <= set(said)
    assert said["PORT_BASE"] == str(PORT_BASE)
    assert "USER 10001:10001" in last
    assert 'ENTRYPOINT ["python", "-m"]' in last
    assert DOCKERFILE.count("USER 10001:10001") == 2, "the front door runs as nobody special too"


@pytest.mark.parametrize("service", SERVICES)
def test_a_process_without_settings_says_which(tree: Path, service: str) -> None:
    """The image's command without an environment names what is missing and ends with 78, instead of running half set."""
    run = subprocess.run(
        [sys.executable, "-m", f"services.{service}", "worker"],
        cwd=tree,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 78
    assert "MONGO_URI is missing" in run.stdout
