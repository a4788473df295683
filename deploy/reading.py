"""Reads the deployment's files as their tools do: compose with its variables put in, Kubernetes rendered or file by file."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from deploy.printing import ROOT

Document = dict[str, Any]
BASE, OVERLAYS = ROOT / "deploy/k8s/base", ROOT / "deploy/k8s/overlays"
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<how>:[-?])(?P<word>[^}]*)\}")


def compose_file(environ: Mapping[str, str]) -> Document:
    """docker-compose.yml as compose reads it. A variable that must be set and is not raises KeyError with compose's message."""

    def put_in(found: re.Match[str]) -> str:
        given = environ.get(found["name"])
        if not given and found["how"] == ":?":
            raise KeyError(f"{found['name']} {found['word']}")
        return given or found["word"]

    text = _VARIABLE.sub(put_in, (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return documents(text)[0]


def rendered(folder: Path) -> list[Document] | None:
    """What `kubectl kustomize` makes of the folder; None where there is no kubectl. Raises CalledProcessError."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        return None
    run = subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True, check=True)  # noqa: S603 -- our own file
    return documents(run.stdout)


def base_documents() -> list[Document]:
    """The base's manifests as they stand."""
    files = sorted(BASE.glob("*.yaml"))
    return [each for file in files if file.name != "kustomization.yaml" for each in documents(file.read_text(encoding="utf-8"))]


def documents(text: str) -> list[Document]:
    return [each for each in yaml.safe_load_all(text) if each]


def env_file(path: Path) -> dict[str, str]:
    """A file of NAME=value lines, as kustomize reads it; empty where it is missing."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def overlays() -> list[Path]:
    return sorted(path.parent for path in OVERLAYS.glob("*/kustomization.yaml"))
