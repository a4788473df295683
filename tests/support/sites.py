"""What the apps under test stand on: the build's files, made once a run, and for a browser a real port."""

import fcntl
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask, Response, send_from_directory
from werkzeug.serving import WSGIRequestHandler, make_server

from shared.reference.build import build as build_postcodes
from shared.reference.postcodes import table_file
from shared.web.build import BuildSettings, build


@pytest.fixture(scope="session")
def build_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The front door's files and the postcode table, made by the first process of a run that needs them: it takes seconds of CPU."""
    own = tmp_path_factory.getbasetemp()
    run = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = run / "front-door"
    with (run / "front-door.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            half_made = tmp_path_factory.mktemp("build")
            build(BuildSettings(build_dir=str(half_made)))
            build_postcodes(table_file(half_made))
            half_made.rename(folder)
    return folder


@contextmanager
def in_the_open(app: Flask, port: int, build_dir: Path) -> Iterator[None]:
    """The app on that port of this machine, with the front door's files beside it."""
    files = build_dir.absolute() / "door/static"

    def static(name: str) -> Response:
        return send_from_directory(files, name)

    app.add_url_rule("/static/<name>", view_func=static)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=WSGIRequestHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
