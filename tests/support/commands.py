"""A service's command line, as an operator types it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_command(service: str, environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m services.<service> …` with nothing in its environment but this."""
    command = [sys.executable, "-m", f"services.{service}", *arguments]
    only = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(command, cwd=ROOT, env=only, capture_output=True, text=True, timeout=60, check=False)
