"""Print the files that come from the tables: `python -m deploy.generate`.

`--check` writes nothing, names each file that is out of date, and ends with 1 if there is one.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.compose import compose
from deploy.env_example import env_example
from deploy.kubernetes import base
from deploy.printing import ROOT
from shared.web.door import caddyfile, for_containers

FILES: Mapping[str, Callable[[], str]] = {
    ".env.example": env_example,
    "docker-compose.yml": compose,
    "deploy/door/Caddyfile": lambda: caddyfile(for_containers()),
}


def texts() -> dict[str, str]:
    """Every generated file by its path in the repository."""
    made = {path: make() for path, make in FILES.items()}
    return made | {f"deploy/k8s/base/{name}": text for name, text in base().items()}


def stale(root: Path = ROOT) -> list[str]:
    """The files that are not what the tables say; a file that nothing makes any more is one too."""
    made = texts()
    left_over = {f"deploy/k8s/base/{path.name}" for path in (root / "deploy/k8s/base").glob("*")} - made.keys()
    return sorted([path for path, text in made.items() if _read(root / path) != text] + list(left_over))


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.generate", description="Print the files that come from the tables.")
    parser.add_argument("--check", action="store_true", help="write nothing, name what is out of date")
    found = stale()
    if parser.parse_args(arguments).check:
        for path in found:
            sys.stdout.write(f"{path} is out of date: run python -m deploy.generate\n")
        raise SystemExit(1 if found else 0)
    made = texts()
    for path in found:
        if path in made:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(made[path], encoding="utf-8")
            sys.stdout.write(f"{path} written\n")
        else:
            (ROOT / path).unlink()
            sys.stdout.write(f"{path} removed: nothing makes it any more\n")


if __name__ == "__main__":
    main()
