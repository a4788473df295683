"""`deploy/check`: render and validate everything here without an engine or a cluster. One line a check; ends with 1 if one fails."""

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import kubernetes_validate
from compose_spec import PyCompose
from kubernetes_validate import utils as kubernetes_schemas

from deploy.generate import stale
from deploy.printing import PORT_BASE, ROOT
from deploy.reading import BASE, Document, base_documents, compose_file, env_file, overlays, rendered
from shared.laptop.places import Laptop
from shared.laptop.programs import door as laptop_door
from shared.security.keys import fresh

VERSIONS = ("1.34", "1.35", "1.36", "1.37")
BIN = Path(sys.executable).parent
CADDYFILE = ROOT / "deploy/door/Caddyfile"


class Failed(Exception):
    """A check did not hold; the message says what to look at."""


def generated() -> str:
    if found := stale():
        raise Failed(f"out of date: {', '.join(found)}; run python -m deploy.generate")
    return "up to date"


def dockerfile() -> str:
    _run([str(BIN / "hadolint"), "--no-color", "--failure-threshold", "style", "Dockerfile"])
    return "hadolint is content"


def compose() -> str:
    """By the compose specification, and by compose itself where it is installed."""
    keys = fresh()
    services = fits(compose_file(keys))["services"]
    docker = shutil.which("docker")
    asked = [docker or "", "compose", "version"]
    if docker is None or subprocess.run(asked, capture_output=True, check=False).returncode:  # noqa: S603 -- no words but our own
        return f"{len(services)} containers fit the specification; not read by docker compose, which is not installed"
    _run([docker, "compose", "--env-file", os.devnull, "config", "--quiet"], keys)
    return f"{len(services)} containers fit the specification, and docker compose reads them"


def kubernetes() -> str:
    """The base and every overlay, by the API's own schemas, strictly."""
    kubernetes_schemas.schema_contents = _read_once()
    folders = [BASE, *overlays()]
    seen = 0
    for folder in folders:
        found = _documents(folder)
        if found is None:
            seen = sum(valid(document, "deploy/k8s/base") for document in base_documents())
            return f"not rendered: no kubectl; the base's {seen} resources are valid one by one for {', '.join(VERSIONS)}"
        seen += sum(valid(document, folder.name) for document in found)
    return f"{', '.join(folder.name for folder in folders)} rendered; {seen} resources are valid for {', '.join(VERSIONS)}"


def door() -> str:
    """The three front doors, by Caddy itself."""
    containers = {"DOOR_ROOT": "/srv/door"}
    _caddy(CADDYFILE, {**containers, "PUBLIC_HOST": "localhost"})
    for folder in overlays():
        _caddy(CADDYFILE, {**containers, **env_file(BASE / "door.env"), **env_file(folder / "door.env")})
    with tempfile.TemporaryDirectory() as folder_name:
        own = Path(folder_name) / "Caddyfile"
        own.write_text(laptop_door(Laptop(PORT_BASE, Path(folder_name), ROOT / "build")), encoding="utf-8")
        _caddy(own, {})
    return f"Caddy takes the configuration of compose, {', '.join(folder.name for folder in overlays())} and a laptop"


def fits(described: Document) -> Document:
    """The same, as the specification reads it. It refuses a key that it does not know."""
    try:
        found: Document = PyCompose.from_json(json.dumps(described)).to_dict()
    except ValueError as error:
        raise Failed(str(error)) from None
    return found


def _caddy(file: Path, environ: Mapping[str, str]) -> None:
    _run([str(BIN / "caddy"), "validate", "--config", str(file), "--adapter", "caddyfile"], environ)


def _documents(folder: Path) -> list[Document] | None:
    try:
        return rendered(folder)
    except subprocess.CalledProcessError as error:
        raise Failed(f"{folder.name}: {error.stderr.strip()}") from None


def valid(document: Document, where: str) -> bool:
    """True. A kind without a schema is a failure: nothing would have looked at it."""
    name = f"{where}: {document['kind']} {document['metadata']['name']}"
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            path = ".".join(map(str, error.path))
            raise Failed(f"{name} for {version}: {path}: {error.message}") from None
        except kubernetes_validate.SchemaNotFoundError as error:
            raise Failed(f"{name}: {error.message}") from None
    return True


def _read_once() -> Callable[[str, str], object]:
    """The library reads two megabytes of schemas anew for each document; kept, the check takes a second instead of ten."""
    read = kubernetes_schemas.schema_contents
    return read if hasattr(read, "cache_info") else functools.cache(read)


def _run(command: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
    run = subprocess.run(  # noqa: S603 -- tools of our own environment on our own files
        command, cwd=ROOT, env={**os.environ, **(environ or {})}, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise Failed((run.stdout + run.stderr).strip())


CHECKS: tuple[Callable[[], str], ...] = (generated, dockerfile, compose, kubernetes, door)


def main() -> None:
    failed = 0
    for check in CHECKS:
        try:
            sys.stdout.write(f"deploy: {check.__name__}: {check()}\n")
        except Failed as error:
            failed += 1
            sys.stdout.write(f"deploy: {check.__name__}: FAILED\n{error}\n")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
