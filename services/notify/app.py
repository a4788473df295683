"""notify's web app: the common app and the pages behind mailed links. Nothing else."""

from flask import Flask

from services.notify.operations import sessions
from services.notify.settings import Settings
from services.notify.web import BLUEPRINTS
from shared.messaging.work import start_work
from shared.store.connection import API, ping
from shared.store.patience import Patience
from shared.web.factory import create_web_app, now


def create_app(settings: Settings) -> Flask:
    work = start_work(settings, kind=API)
    app = create_web_app(
        settings,
        service="notify",
        blueprints=BLUEPRINTS,
        apis=(),
        ping=lambda: ping(work.db),
        around=Patience(work.db, settings.mongo_selection_ms).around,
        clock=work.clock,
        verify_key=settings.notify_verify_key,
        is_live=lambda session: sessions.is_live(session.id, now()),
    )
    app.extensions["work"] = work
    return app
