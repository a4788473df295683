"""What `python -m services.<name>` does: run one process of the table, or one operator's command."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import click
from flask import Flask

from shared.runtime.processes import find
from shared.runtime.settings import TEST, CommonSettings, examples, load_or_exit
from shared.web.openapi import document
from shared.web.serve import serve

S = TypeVar("S", bound=CommonSettings)


def run(
    settings: type[S],
    create_app: Callable[[S], Flask],
    background: Mapping[str, Callable[[S], None]],
    commands: Sequence[click.Command],
) -> None:
    """Read the command line. `background`: the processes beside the api.

    A command is handed a function that loads the settings, so that `--help` needs none.
    """
    group = click.Group(
        settings.service, help=f"The processes and commands of {settings.service}.", context_settings={"show_default": True}
    )
    group.add_command(_process("api", lambda: _serve(load_or_exit(settings), create_app)))
    for name, process in background.items():
        group.add_command(_process(name, partial(_start, process, settings)))
    group.add_command(_openapi(settings, create_app))
    for command in commands:
        group.add_command(command)
    group(prog_name=f"python -m services.{settings.service}", obj=lambda: load_or_exit(settings))


def _start(process: Callable[[S], None], settings: type[S]) -> None:
    process(load_or_exit(settings))


def _process(name: str, start: Callable[[], None]) -> click.Command:
    return click.Command(name, callback=start, help=f"Run the {name} process.")


def _serve(settings: S, create_app: Callable[[S], Flask]) -> None:
    serve(lambda: create_app(settings), settings, settings.port_base + find(settings.service, "api").offset)


def _openapi(settings: type[S], create_app: Callable[[S], Flask]) -> click.Command:
    def show() -> None:
        built = {name: os.environ[name] for name in ("BUILD_DIR",) if name in os.environ}
        app = create_app(settings.load({**examples(settings), **built, "ENVIRONMENT": TEST}))
        click.echo(json.dumps(document(app), indent=1, ensure_ascii=False))

    return click.Command("openapi", callback=show, help="Print this service's OpenAPI document.")
