"""An api process: gunicorn, one worker with a few threads, the app made in the worker.

Measured: as fast as two sync workers here, with less memory and CPU. What is in flight at SIGTERM is finished first.
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import AppImportError
from gunicorn.glogging import Logger

from shared.runtime import logs
from shared.runtime.errors import SettingsError
from shared.runtime.settings import CommonSettings

if TYPE_CHECKING:
    from flask import Flask

EX_CONFIG = 78
_MEMORY = Path("/dev/shm")  # noqa: S108 -- the worker's heartbeat file: on a disk, touching it can block


class QuietLogger(Logger):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's words about itself. What it would say about one request (its address, its line) is left out."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.addFilter(_without_requests)


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    def __init__(self, create_app: Callable[[], "Flask"], options: dict[str, Any]) -> None:
        self._create_app, self._options = create_app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> "Flask":
        try:
            return self._create_app()
        except SettingsError as error:  # AppImportError stops the master too, instead of a new worker for ever
            raise AppImportError("\n".join(f"setting: {problem}" for problem in error.problems)) from error


def serve(create_app: Callable[[], "Flask"], settings: CommonSettings, port: int, *, threads: int = 4) -> None:
    """Answer on `settings.bind` until SIGTERM, logging as the service's api. Exits 78 when the app says that a setting is wrong."""
    logs.configure(settings.service, "api", settings.log_level)
    master = os.getpid()
    try:
        _Server(create_app, options(settings.bind, port, threads)).run()
    except SystemExit as end:  # a worker passes here too: its code tells the master to stop
        not_made = end.code == Arbiter.APP_LOAD_ERROR and os.getpid() == master
        raise SystemExit(EX_CONFIG if not_made else end.code) from None


def options(host: str, port: int, threads: int) -> dict[str, Any]:
    """gunicorn's settings, each with a reason to differ from its default."""
    return {
        "bind": [f"{host}:{port}"],
        "workers": 1,
        "worker_class": "gthread",
        "threads": threads,
        "preload_app": False,  # a Mongo client made before a fork is not safe after it
        "keepalive": 2,
        "timeout": 30,
        "graceful_timeout": 25,
        "limit_request_line": 8190,  # its most: what is too long is told by our own page
        "accesslog": None,  # an access line holds the path
        "errorlog": "-",
        "loglevel": "warning",
        "logger_class": QuietLogger,
        "control_socket_disable": True,
        "worker_tmp_dir": str(_MEMORY) if os.access(_MEMORY, os.W_OK) else None,
        "forwarded_allow_ips": "",  # no header may change the scheme, the path or the peer
        "forwarder_headers": "",
    }


def _without_requests(record: logging.LogRecord) -> bool:
    """Replace what quotes a request by the kind of error alone."""
    about_itself = record.levelno >= logging.CRITICAL or not (
        record.exc_info or str(record.msg).startswith(("Invalid request", "Error handling"))
    )
    if not about_itself:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "bad request line"
        record.msg, record.args, record.exc_info, record.exc_text = f"a request was not served: {kind}", (), None, None
    return True
