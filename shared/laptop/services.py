"""Running a service's own commands inside the stack: `python -m services.<name> prepare`, `republish`, `demo`, …"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Sequence

from shared.laptop import tether
from shared.laptop.environment import process_environment
from shared.laptop.places import REPOSITORY, Laptop
from shared.runtime.errors import SettingsError, Unavailable


def start(laptop: Laptop, service: str, arguments: Sequence[str], *, quiet: bool = False) -> "subprocess.Popen[str]":
    """Start a command of a service with that service's environment. `quiet`: keep its output for `finish`."""
    file = laptop.environment_file(service)
    if not file.exists():
        raise SettingsError([f"there is no stack in {laptop.data} yet: start one with `make up`"])
    given = json.loads(file.read_text(encoding="utf-8"))["set"]
    return subprocess.Popen(
        [sys.executable, "-m", f"services.{service}", *arguments],
        cwd=REPOSITORY,
        env=process_environment(given, os.environ),
        stdin=subprocess.DEVNULL if quiet else None,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        preexec_fn=(lambda: tether.tie(signal.SIGTERM)) if quiet else None,  # safe: one thread; nothing outlives a killed `up`
    )


def finish(process: "subprocess.Popen[str]", what: str, seconds: float = 60.0, *, good: Collection[int] = (0,)) -> str:
    """Wait for a quiet command. Returns what it said; raises Unavailable with its last lines when its exit code is none of `good`."""
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{what}: not done after {seconds:.0f} s") from None
    finally:
        end(process)
    if process.returncode not in good:
        raise Unavailable(f"{what} failed:\n" + "\n".join(said.splitlines()[-12:]))
    return said


def run_all(laptop: Laptop, services: Sequence[str], command: str) -> list[str]:
    """Run one command of several services at once."""
    started = {service: start(laptop, service, [command], quiet=True) for service in services}
    try:
        return [finish(process, f"python -m services.{service} {command}") for service, process in started.items()]
    finally:
        for process in started.values():
            end(process)


def end(process: "subprocess.Popen[str]") -> None:
    """Make sure that a quiet command has ended."""
    if process.poll() is None:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
