"""`python -m shared.laptop serve`: the mail catcher and the pages under /local/, in one process.

Loopback only, and in no image. A page is added by naming its blueprint in BLUEPRINTS.
"""

import os
import sys
import threading

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from shared.laptop import mail, watch
from shared.laptop.catcher import open_catcher
from shared.laptop.context import give
from shared.laptop.mailbox import Mailbox
from shared.laptop.places import MAIL, SERVE, Laptop
from shared.runtime import logs
from shared.runtime.clock import utc_now
from shared.runtime.loop import Stop
from shared.runtime.settings import CommonSettings
from shared.web.factory import create_web_app

BLUEPRINTS = (mail.blueprint, watch.blueprint)


def create_app(laptop: Laptop, mailbox: Mailbox, settings: CommonSettings) -> Flask:
    """The pages, under the same checks and layout as everybody's."""
    app = create_web_app(settings, service="laptop", blueprints=BLUEPRINTS, apis=[], ping=lambda: None)
    give(app, laptop, mailbox)
    return app


def serve(laptop: Laptop) -> None:
    """Take mails and answer pages until SIGTERM."""
    settings = CommonSettings.load(os.environ)
    logs.configure("laptop", "serve", settings.log_level)
    mailbox = Mailbox(laptop.mails)
    catcher = open_catcher(mailbox, laptop.ports[MAIL], utc_now)
    server = make_server("127.0.0.1", laptop.ports[SERVE], create_app(laptop, mailbox, settings), threaded=True, request_handler=_Quiet)
    stop = Stop()
    stop.listen()
    catcher.start()
    threading.Thread(target=server.serve_forever, name="pages", daemon=True).start()
    while not stop.is_set():
        stop.wait(3600)
    server.shutdown()
    catcher.stop()


class _Quiet(WSGIRequestHandler):
    """The app writes its own line a request, without the path."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


if __name__ == "__main__":
    serve(Laptop.load(os.environ, sys.argv[1]))
