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
def test_a_process_loads_only_what_it_uses(service: str) -> None:
    """Flask is an api's, kafka-python is not; a mail's client is only the sender's; a gunicorn master needs no driver either.

    That is a sixth of the stack's memory.
    """
    web, client = {"flask", "jinja2"}, {"requests"}
    heavy = {"api": {"kafka", *client}, "worker": web | client, "consumer": web | client, "sender": {"flask", "kafka", *client}}
    places = import_module(f"services.{service}.__main__").PROCESSES
    modules = {place.partition(":")[0]: heavy[name] for name, place in places.items()}
    for module, unused in {**modules, f"services.{service}.__main__": {"flask", "pymongo", "kafka"}}.items():
        look = f"import {module}, sys; print(sorted({unused!r} & set(sys.modules)))"
        run = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
        assert run.stdout == "[]\n", module


def test_an_unknown_process_is_refused() -> None:
    """A slip in a command line is said at once, with exit code 2."""
    run = subprocess.run([sys.executable, "-m", "services.pledge", "wroker"], capture_output=True, text=True, check=False)
    assert (run.returncode, "No such command 'wroker'" in run.stderr) == (2, True)
