"""The laws of the house that no linter's table holds by itself."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOUSE = sorted(path for room in ("services", "shared", "deploy") for path in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST = 400  # the aim is 300; past it a room becomes a package of the same name
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "lib"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in HOUSE:
        yield named(path), ast.parse(path.read_text())


def test_imports_go_downwards_only() -> None:
    """The rooms of shared, the rooms of a service, services apart from one another: the linter's contracts are kept."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_no_file_is_too_long() -> None:
    """One reads a file at a sitting."""
    assert [named(path) for path in HOUSE if len(path.read_text().splitlines()) > LONGEST] == []


def test_no_room_has_a_vague_name() -> None:
    """A name says what is inside."""
    assert [named(path) for path in [*HOUSE, *TESTS] if {path.stem, *path.relative_to(ROOT).parts} & VAGUE] == []


def test_time_is_an_argument() -> None:
    """Only the clock reads it: what is handed a moment can be tried at any moment."""
    readings = {
        ("datetime", "now"),
        ("datetime", "utcnow"),
        ("datetime", "today"),
        ("date", "today"),
        ("time", "time"),
        ("time", "time_ns"),
    }
    found = [
        f"{name}:{node.lineno}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in readings
    ]
    assert [place.split(":")[0] for place in found] == ["shared/runtime/clock.py"]


def test_nothing_is_built_at_import() -> None:
    """Importing every module starts no thread, opens no connection and reads no setting: a process makes what it uses."""
    program = """
import importlib, os, pathlib, sys, threading
os.environ.clear()
for path in sorted(pathlib.Path(".").glob("services/**/*.py")) + sorted(pathlib.Path(".").glob("shared/**/*.py")):
    if path.name != "__main__.py" and "lean" not in path.parts:  # which stands for a package that is left out
        importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
assert threading.active_count() == 1, threading.enumerate()
sockets = [os.readlink(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{one}")]
assert not [one for one in sockets if one.startswith("socket:")], sockets
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_room_has_a_door_plate() -> None:
    """A package says in a sentence what it is, and a room of shared what it may import."""
    plates = {named(path): ast.get_docstring(ast.parse(path.read_text())) for path in HOUSE if path.name == "__init__.py"}
    assert [name for name, plate in plates.items() if not plate] == []
    rooms = [name for name in plates if name.startswith("shared/") and name.count("/") == 2]
    assert [name for name in rooms if "May import:" not in (plates[name] or "")] == []


def test_every_test_says_what_must_hold() -> None:
    """In its first sentence."""
    silent = [
        f"{named(path)}::{node.name}"
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()
    made_here = {
        ".git",
        ".venv",
        "node_modules",
        "build",
        "var",
        "__pycache__",
        ".hypothesis",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
    }
    paths = [ROOT / name for name in names] or [path for path in ROOT.rglob("*") if not made_here & set(path.parts)]
    return [path for path in paths if path.is_file()]


def test_no_file_names_a_registry_or_a_machine() -> None:
    """Where packages come from is the machine's own setting, and a path of one machine is no other's: pins name no address."""
    hosts = ["pypi" + ".org", "python" + "hosted", "npm" + "js", "maven" + ".org", "crates" + ".io", "registry" + ".npm"]
    paths = ["/ro" + "ot/", "/Us" + "ers/", "/wo" + "rk/", ".py" + "env/", "file:" + "//"]
    found = []
    for path in tracked():
        text = path.read_bytes()
        found += [f"{named(path)}: {word}" for word in [*hosts, *paths] if word.encode() in text]
    assert found == []
