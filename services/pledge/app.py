"""pledge's web app: the common app, its pages and its JSON. Nothing else."""

from flask import Flask
from limits import RateLimitItemPerMinute

from services.pledge.api import BLUEPRINTS as APIS
from services.pledge.operations.desk import DESK, Desk
from services.pledge.operations.pausing import standing_pause
from services.pledge.settings import Settings
from services.pledge.web import BLUEPRINTS
from services.pledge.web.data import DOWNLOADS
from shared.messaging.work import start_work
from shared.security.revocations import is_revoked
from shared.store.connection import API, ping
from shared.store.patience import Patience
from shared.web import guesses, per_network
from shared.web.factory import create_web_app
from shared.web.per_network import PerNetwork


def create_app(settings: Settings) -> Flask:
    work = start_work(settings, kind=API)
    app = create_web_app(
        settings,
        service="pledge",
        blueprints=BLUEPRINTS,
        apis=APIS,
        ping=lambda: ping(work.db),
        around=Patience(work.db, settings.mongo_selection_ms).around,
        clock=work.clock,
        verify_key=settings.notify_verify_key,
        is_live=lambda session: not is_revoked(work.db, session.id),
        pause=standing_pause,
    )
    app.extensions[DESK] = Desk.open(work)
    guesses.install(app, settings.trusted_proxies, settings.guesses_per_minute)
    per_network.install(app, DOWNLOADS, PerNetwork(settings.trusted_proxies, RateLimitItemPerMinute(settings.downloads_per_minute)))
    return app
