"""What `python -m services.<name>` can run, against the table of processes."""

import subprocess
import sys
from importlib import import_module
from pkgutil import resolve_name

import pytest

from shared.runtime.processes import SERVICES, processes_of


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_runs_what_the_table_says(service: str) -> None:
    """A service's own table and the one that the stack is made from name the same processes, and each can be loaded."""
    entry = import_module(f"services.{service}.__main__")
    assert set(entry.PROCESSES) == {process.command for process in processes_of(service)}
    assert all(callable(resolve_name(place)) for place in entry.PROCESSES.values())
    assert {"prepare", "republish", "dead-letters"} <= {command.name for command in resolve_name(entry.COMMANDS)}


@pytest.mark.parametrize("service", SERVICES)
def test_only_an_api_loads_the_web_framework(service: str) -> None:
    """Seven processes without Flask are a tenth of the stack's memory; a gunicorn master needs neither Flask nor a driver."""
    background = {"flask", "jinja2", "requests"}  # notify's sender alone needs the last two
    for module, heavy in ((f"services.{service}.background", background), (f"services.{service}.__main__", {"flask", "pymongo", "kafka"})):
        look = f"import {module}, sys; print(sorted({heavy!r} & set(sys.modules)))"
        run = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
        assert run.stdout == "[]\n", module


def test_an_unknown_process_is_refused() -> None:
    """A slip in a command line is said at once, with exit code 2."""
    run = subprocess.run([sys.executable, "-m", "services.pledge", "wroker"], capture_output=True, text=True, check=False)
    assert (run.returncode, "No such command 'wroker'" in run.stderr) == (2, True)
