"""notify's web app: the common app and the pages behind mailed links. Nothing else."""

from flask import Flask
from limits import RateLimitItemPerHour, RateLimitItemPerMinute

from services.notify.operations import sessions
from services.notify.settings import Settings
from services.notify.web import BLUEPRINTS, my_data
from shared.messaging.pauses import CAMPAIGN, heard_pause
from shared.messaging.work import start_work
from shared.store.connection import API, ping
from shared.store.patience import Patience
from shared.web import per_network
from shared.web.factory import create_web_app, now
from shared.web.per_network import PerNetwork


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
        pause=lambda moment: heard_pause(work.db, CAMPAIGN, moment),
    )
    app.extensions["work"] = work
    asked, taken = RateLimitItemPerMinute(settings.data_links_per_network, 10), RateLimitItemPerHour(settings.data_copies_per_hour)
    per_network.install(app, my_data.ASKED, PerNetwork(settings.trusted_proxies, asked))
    per_network.install(app, my_data.TAKEN, PerNetwork(settings.trusted_proxies, taken))
    return app
