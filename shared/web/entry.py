"""What `python -m services.<name>` does: run one process of its table, or one operator's command.

The table names what each process runs, and only that is loaded: a process without the web framework, or a gunicorn
master without anything, takes a third of the memory and starts half a second sooner. There are 13 of them on a laptop.
"""

import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from pkgutil import resolve_name
from typing import Any, Generic, TypeVar

import click

from shared.runtime import crash_points
from shared.runtime.processes import find
from shared.runtime.settings import TEST, CommonSettings, examples, load_or_exit
from shared.web.openapi import document
from shared.web.serve import serve

S = TypeVar("S", bound=CommonSettings)
API, OPENAPI = "api", "openapi"


def run(settings: type[S], processes: Mapping[str, str], commands: str) -> None:
    """Read the command line. `processes`: a name → `module:function`, `api`'s makes the app; `commands`: `module:list`.

    A command is handed a function that loads the settings, so that `--help` needs none.
    """
    group = _Entry(settings, processes, commands)
    group(prog_name=f"python -m services.{settings.service}", obj=lambda: load_or_exit(settings))


class _Entry(click.Group, Generic[S]):
    def __init__(self, settings: type[S], processes: Mapping[str, str], commands: str) -> None:
        super().__init__(
            settings.service, help=f"The processes and commands of {settings.service}.", context_settings={"show_default": True}
        )
        self._settings, self._processes, self._commands = settings, processes, commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self._processes, OPENAPI, *self._operators()]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in self._processes:
            start = _serve if name == API else _start
            return click.Command(name, callback=partial(start, self._settings, self._processes[name]), help=f"Run the {name} process.")
        if name == OPENAPI:
            show = partial(_openapi, self._settings, self._processes[API])
            return click.Command(OPENAPI, callback=show, help="Print this service's OpenAPI document.")
        return self._operators().get(name)

    def _operators(self) -> dict[str, click.Command]:
        found: list[click.Command] = resolve_name(self._commands)
        return {str(command.name): command for command in found}


def _start(settings: type[S], process: str) -> None:
    ready = _ready(settings)
    begin: Callable[[S], None] = resolve_name(process)
    begin(ready)


def _serve(settings: type[S], create_app: str) -> None:
    ready = _ready(settings)
    serve(lambda: resolve_name(create_app)(ready), ready, ready.port_base + find(settings.service, API).offset)


def _ready(settings: type[S]) -> S:
    """The settings of a process that is about to begin. Commands are not armed: an operator's hand is no process to lose."""
    ready = load_or_exit(settings)
    crash_points.arm(ready.crash_at, ready.crash_mark)  # what gunicorn forks from here is armed too
    return ready


def _openapi(settings: type[S], create_app: str) -> None:
    built = {name: os.environ[name] for name in ("BUILD_DIR",) if name in os.environ}
    app: Any = resolve_name(create_app)(settings.load({**examples(settings), **built, "ENVIRONMENT": TEST}))
    click.echo(json.dumps(document(app), indent=1, ensure_ascii=False))
