"""events' web app: the common app, its pages and its JSON. Nothing else."""

from flask import Flask
from limits import RateLimitItemPerMinute

from services.events.api import BLUEPRINTS as APIS
from services.events.operations.joining import CROWD
from services.events.settings import Settings
from services.events.web import BLUEPRINTS
from shared.messaging.pauses import CAMPAIGN, heard_pause
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
        service="events",
        blueprints=BLUEPRINTS,
        apis=APIS,
        ping=lambda: ping(work.db),
        around=Patience(work.db, settings.mongo_selection_ms).around,
        clock=work.clock,
        verify_key=settings.notify_verify_key,
        is_live=lambda session: not is_revoked(work.db, session.id),
        pause=lambda moment: heard_pause(work.db, CAMPAIGN, moment),
    )
    app.extensions["work"] = work
    guesses.install(app, settings.trusted_proxies, settings.guesses_per_minute)
    per_network.install(app, CROWD, PerNetwork(settings.trusted_proxies, RateLimitItemPerMinute(settings.sign_ups_per_network, 10)))
    return app
